/** What a handler knows about the invocation it runs. */
import { Logger } from './logger.js';
import { spanIdOf, traceIdOf } from './trace.js';
/**
 * The invocation a handler runs.
 *
 * @example
 * ```ts
 * import { registerWorker } from 'iii-kit'
 * const iii = registerWorker('ws://localhost:49134', { workerName: 'orders' })
 * iii.registerFunction('orders::place', async (order: { id: string }, ctx) => {
 *   ctx.logger.info('placing', { id: order.id })
 *   // Part of this invocation: same trace, and it ends no later.
 *   await ctx.trigger({ function_id: 'orders::validate', payload: order })
 *   ctx.signal.throwIfAborted()
 *   return order
 * })
 * ```
 */
export class Context {
    /** The id under which this worker knows the invocation. */
    invocationId;
    /** The function that was called. */
    functionId;
    /** What came beside the input: the call's or the trigger's metadata. */
    metadata;
    /** Who called, as stamped by the engine. */
    caller;
    /** Which delivery this is, from 1. */
    attempt;
    /** The trace this invocation belongs to. */
    trace;
    /** @internal */
    host;
    /** @internal The connection on which the id has a meaning. */
    epoch;
    /** @internal */
    deadlineAt;
    /** @internal It opened the writing end of a channel, or handed a reference on. */
    usesChannels = false;
    /** @internal Calls that end with this invocation, by how to give them up. */
    calls = new Set();
    #controller;
    #cancelled;
    #logger;
    /** @internal */
    constructor(id, invoke, trace, host, epoch) {
        this.invocationId = id;
        this.functionId = invoke.function_id;
        this.metadata = invoke.metadata;
        this.caller = invoke.caller;
        this.attempt = invoke.attempt ?? 1;
        this.trace = trace;
        this.host = host;
        this.epoch = epoch;
        this.deadlineAt = invoke.timeout_ms === undefined ? undefined : host.now() + invoke.timeout_ms;
    }
    /** @internal */
    get invocation() {
        return this;
    }
    /** The trace id, 32 hexadecimal digits. */
    get traceId() {
        return traceIdOf(this.trace);
    }
    /** When the caller stops waiting. */
    get deadline() {
        const left = this.remainingMs;
        return left === undefined ? undefined : new Date(this.host.wall() + left);
    }
    /** How many milliseconds the caller still waits. */
    get remainingMs() {
        return this.deadlineAt === undefined
            ? undefined
            : Math.max(this.deadlineAt - this.host.now(), 0);
    }
    /**
     * Is aborted when nobody wants the result any more: the caller cancelled, went away or timed
     * out, or the connection broke.
     */
    get signal() {
        if (this.#controller === undefined) {
            this.#controller = new AbortController();
            if (this.#cancelled !== undefined)
                this.#controller.abort(reasonOf(this.#cancelled));
        }
        return this.#controller.signal;
    }
    /** Writes lines with the trace of this invocation. */
    get logger() {
        this.#logger ??= new Logger(this.traceId, undefined, spanIdOf(this.trace), {
            functionId: this.functionId,
            sink: this.host.logSink,
        });
        return this.#logger;
    }
    /** Calls a function as part of this invocation: same trace, no later deadline. */
    get trigger() {
        return ((request) => this.host.callWithin(this, request));
    }
    /** @internal */
    cancel(reason) {
        if (this.#cancelled !== undefined)
            return;
        this.#cancelled = reason;
        this.#controller?.abort(reasonOf(reason));
        // Calls that tidy up afterwards are made as usual.
        const calls = [...this.calls];
        this.calls.clear();
        for (const giveUp of calls)
            giveUp();
    }
}
/** Nobody waits for the result any more. */
function reasonOf(reason) {
    const error = new Error(`the invocation is cancelled: ${reason}`);
    error.name = 'AbortError';
    return Object.assign(error, { code: 'cancelled' });
}
