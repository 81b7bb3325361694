/** What can go wrong. Every error carries a code of the catalogue, or the function's own. */
import { ERRORS } from './errors_gen.js';
import { isObject } from './json.js';
/**
 * Why a call did not give a result. `trigger` rejects with nothing else.
 *
 * @example
 * ```ts
 * import { InvocationError } from 'iii-kit'
 * const error = new InvocationError({ code: 'out_of_stock', message: 'no bolts left' })
 * console.log(error.code, error.retryable) // out_of_stock false
 * ```
 */
export class InvocationError extends Error {
    /** A code of the catalogue, or the function's own. */
    code;
    /** The function that was called. */
    function_id;
    /** Where it happened, in the language of the function; only from workers in development. */
    stacktrace;
    constructor(init) {
        super(`${init.code}: ${init.message}`);
        this.name = 'InvocationError';
        this.code = init.code;
        this.function_id = init.function_id;
        this.stacktrace = init.stacktrace;
        Object.defineProperty(this, 'detail', { value: init.message, enumerable: false });
    }
    /** Whether the same call may succeed later. That running twice is safe is yours to know. */
    get retryable() {
        return isRetryable(this.code);
    }
}
/**
 * The engine refused this worker for good: trying again unchanged is pointless.
 *
 * @example
 * ```ts
 * import { RegistrationRejectedError, registerWorker } from 'iii-kit'
 * const iii = registerWorker('ws://localhost:49134', { workerName: 'orders' })
 * const fatal = iii.getFatalError()
 * if (fatal instanceof RegistrationRejectedError) console.error(fatal.message)
 * ```
 */
export class RegistrationRejectedError extends Error {
    code;
    namespace;
    worker_name;
    function_id;
    owner_worker_id;
    constructor(init) {
        super(`the engine refused the worker: ${init.code}: ${init.message}`);
        this.name = 'RegistrationRejectedError';
        this.code = init.code;
        this.namespace = init.namespace ?? '';
        this.worker_name = init.worker_name;
        this.function_id = init.function_id;
        this.owner_worker_id = init.owner_worker_id ?? '';
    }
}
/**
 * Why a function, trigger or trigger type is not registered.
 *
 * @example
 * ```ts
 * import { RegistrationError, registerWorker } from 'iii-kit'
 * const iii = registerWorker('ws://localhost:49134')
 * try {
 *   await iii.registerFunction('orders::validate', async () => true)
 * } catch (error) {
 *   if (error instanceof RegistrationError) console.error(error.id, error.code)
 * }
 * ```
 */
export class RegistrationError extends Error {
    code;
    /** The function or the trigger type. */
    id;
    constructor(id, code, message) {
        super(`\`${id}\` is not registered: ${code}: ${message}`);
        this.name = 'RegistrationError';
        this.code = code;
        this.id = id;
    }
}
/**
 * Why a channel cannot be read or written: `channel_not_found`, `channel_aborted`,
 * `connection_lost`, `payload_too_large` or `overloaded`.
 *
 * @example
 * ```ts
 * import { ChannelError, type ChannelReader } from 'iii-kit'
 * async function load(reader: ChannelReader) {
 *   try {
 *     return await reader.readAll()
 *   } catch (error) {
 *     // What was read before an abort is not everything.
 *     if (error instanceof ChannelError && error.code === 'channel_aborted') return undefined
 *     throw error
 *   }
 * }
 * ```
 */
export class ChannelError extends Error {
    code;
    constructor(code, message) {
        super(message);
        this.name = 'ChannelError';
        this.code = code;
    }
}
export function isRetryable(code) {
    return Object.hasOwn(ERRORS, code) && ERRORS[code].retryable;
}
/** What to do about a code, for people. */
export function hintOf(code) {
    const known = Object.hasOwn(ERRORS, code) ? ERRORS[code] : undefined;
    return known?.hint ?? 'ask whoever runs the engine';
}
/**
 * Whether a value has the shape of an error on the wire.
 *
 * @example
 * ```ts
 * import { isErrorBody } from 'iii-kit/errors'
 * isErrorBody({ code: 'NOT_FOUND', message: 'no such order' }) // true
 * ```
 */
export function isErrorBody(value) {
    return isObject(value) && typeof value.code === 'string' && typeof value.message === 'string';
}
/** Reads an error of the wire; a body of another shape becomes the message. */
export function readErrorBody(value) {
    if (!isErrorBody(value)) {
        return { code: 'UNKNOWN', message: typeof value === 'string' ? value : JSON.stringify(value) };
    }
    const { code, message, stacktrace } = value;
    return typeof stacktrace === 'string' ? { code, message, stacktrace } : { code, message };
}
/**
 * What a handler threw, for the wire: the code of the error if it has one. The stack leaves this
 * process only in development.
 */
export function thrownBody(thrown, development) {
    const body = { code: 'invocation_failed', message: messageOf(thrown) };
    if (typeof thrown === 'object' && thrown !== null) {
        const code = thrown.code;
        if (typeof code === 'string' && code !== '')
            body.code = code;
    }
    const stack = thrown instanceof InvocationError ? thrown.stacktrace : undefined;
    if (stack !== undefined)
        body.stacktrace = stack;
    else if (development && thrown instanceof Error && thrown.stack)
        body.stacktrace = thrown.stack;
    return body;
}
function messageOf(thrown) {
    if (thrown instanceof InvocationError)
        return thrown.detail;
    if (thrown instanceof Error)
        return thrown.message;
    if (isErrorBody(thrown))
        return thrown.message;
    if (typeof thrown === 'string')
        return thrown;
    try {
        return JSON.stringify(thrown) ?? String(thrown);
    }
    catch {
        return 'the handler threw a value that has no JSON form';
    }
}
