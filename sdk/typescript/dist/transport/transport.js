/** How bytes travel: what every transport promises to the rest of the SDK. */
/** Why there is no connection. */
export class DialError extends Error {
    /** The HTTP status of a refusal. */
    status;
    /** Whether trying again unchanged is pointless. */
    fatal;
    constructor(message, options = {}) {
        super(message);
        this.name = 'DialError';
        this.status = options.status;
        this.fatal = options.fatal ?? isFatal(options.status);
    }
}
/** Some statuses of HTTP say "not now" instead of "never". */
function isFatal(status) {
    if (status === undefined || status >= 500)
        return false;
    return status !== 408 && status !== 425 && status !== 429;
}
/** The address of a target: the query of the engine's address is kept. */
export function targetUrl(engine, target) {
    const url = new URL(engine);
    if (target.kind === 'channel') {
        url.pathname = `${url.pathname.replace(/\/+$/, '')}/ws/channels/${encodeURIComponent(target.id)}`;
        url.searchParams.set('key', target.key);
        url.searchParams.set('dir', target.direction);
    }
    return url;
}
/** The engine's address as it may be shown. Throws a `DialError` when it is none. */
export function parseAddress(address) {
    let url;
    try {
        url = new URL(address);
    }
    catch {
        throw new DialError(`\`${address}\` is no address`, { fatal: true });
    }
    if (url.protocol === 'http:')
        url.protocol = 'ws:';
    if (url.protocol === 'https:')
        url.protocol = 'wss:';
    if (url.protocol !== 'ws:' && url.protocol !== 'wss:') {
        throw new DialError(`\`${address}\` is no address of an engine: use ws:// or wss://`, {
            fatal: true,
        });
    }
    return url;
}
