/** What surrounds running code: the invocation it serves and the trace it belongs to. */

import type { Context } from './context.ts'
import type { TraceContext } from './trace.ts'

/** What surrounds running code. */
export interface Scope {
  readonly trace: TraceContext
  /** The invocation that is being handled here, if any. */
  readonly invocation: Context | undefined
}

/** Keeps a scope through asynchronous gaps, where the platform can. */
export interface ScopeStorage {
  run<T>(scope: Scope, work: () => T): T
  get(): Scope | undefined
}

/** Browsers cannot follow asynchronous gaps yet: calls go through the context there. */
let storage: ScopeStorage | undefined

/** The entry of a platform that can says so once, when it is loaded. */
export function useScopeStorage(platform: ScopeStorage): void {
  storage = platform
}

/** The scope around the running code. */
export function currentScope(): Scope | undefined {
  return storage?.get()
}

/** Runs `work` in a scope. */
export function inScope<T>(scope: Scope, work: () => T): T {
  return storage === undefined ? work() : storage.run(scope, work)
}

/**
 * The invocation whose handler is running here, if any. Only in Node; in browsers use the context
 * that the handler was given.
 *
 * @example
 * ```ts
 * import { currentContext } from 'iii-kit'
 * function audit(what: string) {
 *   currentContext()?.logger.info(what)
 * }
 * ```
 */
export function currentContext(): Context | undefined {
  return storage?.get()?.invocation
}
