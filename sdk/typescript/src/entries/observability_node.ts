/** Traces and logs, in Node, where scopes survive asynchronous gaps. @module */
import '../node/scope.ts'

export * from '../observability.ts'
