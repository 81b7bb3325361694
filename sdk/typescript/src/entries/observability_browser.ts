/** Traces and logs, in browsers. @module */
import '../browser_telemetry.ts'

export * from '../observability.ts'
