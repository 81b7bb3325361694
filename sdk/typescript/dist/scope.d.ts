/** What surrounds running code: the invocation it serves and the trace it belongs to. */
import type { Context } from './context.ts';
import type { TraceContext } from './trace.ts';
/** What surrounds running code. */
export interface Scope {
    readonly trace: TraceContext;
    /** The invocation that is being handled here, if any. */
    readonly invocation: Context | undefined;
}
/** Keeps a scope through asynchronous gaps, where the platform can. */
export interface ScopeStorage {
    run<T>(scope: Scope, work: () => T): T;
    get(): Scope | undefined;
}
/** The entry of a platform that can says so once, when it is loaded. */
export declare function useScopeStorage(platform: ScopeStorage): void;
/** The scope around the running code. */
export declare function currentScope(): Scope | undefined;
/** Runs `work` in a scope. */
export declare function inScope<T>(scope: Scope, work: () => T): T;
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
export declare function currentContext(): Context | undefined;
