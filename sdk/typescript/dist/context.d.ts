/** What a handler knows about the invocation it runs. */
import { Logger, type LogSink } from './logger.ts';
import type { CallerBody, InvokeFunction } from './message.ts';
import type { Scope } from './scope.ts';
import { type TraceContext } from './trace.ts';
import type { TriggerRequest, TypedTrigger } from './trigger.ts';
/** Who called, as stamped by the engine. */
export type Caller = Readonly<CallerBody>;
/** What contexts need of their client. */
export interface ContextHost {
    callWithin(context: Context, request: TriggerRequest): Promise<unknown>;
    readonly logSink: LogSink;
    now(): number;
    wall(): number;
}
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
export declare class Context implements Scope {
    #private;
    /** The id under which this worker knows the invocation. */
    readonly invocationId: string;
    /** The function that was called. */
    readonly functionId: string;
    /** What came beside the input: the call's or the trigger's metadata. */
    readonly metadata: unknown;
    /** Who called, as stamped by the engine. */
    readonly caller: Caller | undefined;
    /** Which delivery this is, from 1. */
    readonly attempt: number;
    /** The trace this invocation belongs to. */
    readonly trace: TraceContext;
    /** @internal */
    readonly host: ContextHost;
    /** @internal The connection on which the id has a meaning. */
    readonly epoch: number;
    /** @internal */
    readonly deadlineAt: number | undefined;
    /** @internal It opened the writing end of a channel, or handed a reference on. */
    usesChannels: boolean;
    /** @internal Calls that end with this invocation, by how to give them up. */
    readonly calls: Set<() => void>;
    /** @internal */
    constructor(id: string, invoke: InvokeFunction, trace: TraceContext, host: ContextHost, epoch: number);
    /** @internal */
    get invocation(): Context;
    /** The trace id, 32 hexadecimal digits. */
    get traceId(): string | undefined;
    /** When the caller stops waiting. */
    get deadline(): Date | undefined;
    /** How many milliseconds the caller still waits. */
    get remainingMs(): number | undefined;
    /**
     * Is aborted when nobody wants the result any more: the caller cancelled, went away or timed
     * out, or the connection broke.
     */
    get signal(): AbortSignal;
    /** Writes lines with the trace of this invocation. */
    get logger(): Logger;
    /** Calls a function as part of this invocation: same trace, no later deadline. */
    get trigger(): TypedTrigger;
    /** @internal */
    cancel(reason: string): void;
}
