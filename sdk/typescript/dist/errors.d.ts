/** What can go wrong. Every error carries a code of the catalogue, or the function's own. */
/** How an error looks on the wire. */
export interface ErrorBody {
    code: string;
    message: string;
    stacktrace?: string;
}
/** What an {@link InvocationError} is made of. */
export interface InvocationErrorInit {
    code: string;
    message: string;
    function_id?: string;
    stacktrace?: string;
}
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
export declare class InvocationError extends Error {
    /** A code of the catalogue, or the function's own. */
    readonly code: string;
    /** The function that was called. */
    readonly function_id?: string;
    /** Where it happened, in the language of the function; only from workers in development. */
    readonly stacktrace?: string;
    /** The message without the code in front. */
    readonly detail: string;
    constructor(init: InvocationErrorInit);
    /** Whether the same call may succeed later. That running twice is safe is yours to know. */
    get retryable(): boolean;
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
export declare class RegistrationRejectedError extends Error {
    readonly code: string;
    readonly namespace: string;
    readonly worker_name?: string;
    readonly function_id?: string;
    readonly owner_worker_id: string;
    constructor(init: {
        code: string;
        message: string;
        namespace?: string;
        worker_name?: string;
        function_id?: string;
        owner_worker_id?: string;
    });
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
export declare class RegistrationError extends Error {
    readonly code: string;
    /** The function or the trigger type. */
    readonly id: string;
    constructor(id: string, code: string, message: string);
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
export declare class ChannelError extends Error {
    readonly code: string;
    constructor(code: string, message: string);
}
export declare function isRetryable(code: string): boolean;
/** What to do about a code, for people. */
export declare function hintOf(code: string): string;
/**
 * Whether a value has the shape of an error on the wire.
 *
 * @example
 * ```ts
 * import { isErrorBody } from 'iii-kit/errors'
 * isErrorBody({ code: 'NOT_FOUND', message: 'no such order' }) // true
 * ```
 */
export declare function isErrorBody(value: unknown): value is ErrorBody;
/** Reads an error of the wire; a body of another shape becomes the message. */
export declare function readErrorBody(value: unknown): ErrorBody;
/**
 * What a handler threw, for the wire: the code of the error if it has one. The stack leaves this
 * process only in development.
 */
export declare function thrownBody(thrown: unknown, development: boolean): ErrorBody;
