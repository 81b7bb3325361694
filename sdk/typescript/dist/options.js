/** What a worker says about itself, and how its client behaves. */
import { LIMITS } from './limits.js';
/** The namespace where nothing else is said. */
export const DEFAULT_NAMESPACE = 'default';
/** A blank namespace is a mistake, not the default one. */
export function checkNamespace(namespace) {
    if (namespace !== undefined && namespace.trim() === '') {
        throw new TypeError('`namespace` is blank: leave it out for the default one');
    }
    return namespace === DEFAULT_NAMESPACE ? undefined : namespace;
}
/** The bounds that options ask for. */
export function limitsOf(options) {
    const { initialDelayMs, maxDelayMs } = options.reconnectionConfig ?? {};
    const limits = { ...LIMITS };
    if (initialDelayMs !== undefined)
        limits.reconnectFirstMs = initialDelayMs;
    if (maxDelayMs !== undefined)
        limits.reconnectMaxMs = maxDelayMs;
    if (options.invocationTimeoutMs !== undefined)
        limits.callTimeoutMs = options.invocationTimeoutMs;
    return { ...limits, ...options.limits };
}
