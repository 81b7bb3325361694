/** What surrounds running code: the invocation it serves and the trace it belongs to. */
/** Browsers cannot follow asynchronous gaps yet: calls go through the context there. */
let storage;
/** The entry of a platform that can says so once, when it is loaded. */
export function useScopeStorage(platform) {
    storage = platform;
}
/** The scope around the running code. */
export function currentScope() {
    return storage?.get();
}
/** Runs `work` in a scope. */
export function inScope(scope, work) {
    return storage === undefined ? work() : storage.run(scope, work);
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
export function currentContext() {
    return storage?.get()?.invocation;
}
