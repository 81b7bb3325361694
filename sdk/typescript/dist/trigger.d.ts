/** What a call looks like before it is sent. */
import type { Action } from './message.ts';
/** How a call is routed. */
export type TriggerAction = {
    type: 'enqueue';
    queue: string;
} | {
    type: 'void';
} | Action;
/**
 * Makes the actions of calls.
 *
 * @example
 * ```ts
 * import { registerWorker, TriggerAction } from 'iii-kit'
 * const iii = registerWorker('ws://localhost:49134')
 * const payload = { id: 7 }
 * await iii.trigger({ function_id: 'mail::send', payload, action: TriggerAction.Void() })
 * const action = TriggerAction.Enqueue({ queue: 'payments' })
 * await iii.trigger({ function_id: 'orders::charge', payload, action })
 * ```
 */
export declare const TriggerAction: {
    /** Hands the call to a queue; the answer is a receipt: `{ messageReceiptId }`. */
    readonly Enqueue: (options: {
        queue: string;
    }) => {
        readonly queue: string;
        readonly type: 'enqueue';
    };
    /** Nobody waits for the result. */
    readonly Void: () => {
        readonly type: 'void';
    };
};
/**
 * The answer to a call with `TriggerAction.Enqueue`.
 *
 * @example
 * ```ts
 * import { type EnqueueResult, registerWorker, TriggerAction } from 'iii-kit'
 * const iii = registerWorker('ws://localhost:49134')
 * const receipt = await iii.trigger<EnqueueResult>({
 *   function_id: 'orders::charge',
 *   payload: { id: 7 },
 *   action: TriggerAction.Enqueue({ queue: 'payments' }),
 * })
 * console.log(receipt.messageReceiptId)
 * ```
 */
export interface EnqueueResult {
    messageReceiptId: string;
}
/** A call. */
export interface TriggerRequest<In = unknown> {
    /** The function to call. */
    function_id: string;
    /** Its input. `undefined` is absent, which differs from `null`. */
    payload?: In;
    /** How the call is routed; absent: it waits for the result. */
    action?: TriggerAction;
    /** How long to wait, in milliseconds; absent: `invocationTimeoutMs` of the client. */
    timeoutMs?: number;
    /** JSON beside the input, for the handler's `ctx.metadata`. */
    metadata?: unknown;
    /** Of the function; absent: the worker's own, and `default` for `engine::` ids. */
    namespace?: string;
    /** Gives the call up; the function is told. */
    signal?: AbortSignal;
    /** Does not end with the invocation in whose handler it is made. */
    detached?: boolean;
    /** Which delivery this is, for workers that deliver again; from 1. */
    attempt?: number;
}
/** Calls a function: `trigger<Out>(request)`, or `trigger<In, Out>(request)`. */
export interface TypedTrigger {
    <Out = unknown>(request: TriggerRequest): Promise<Out>;
    <In, Out>(request: TriggerRequest<In>): Promise<Out>;
}
/** Whatever can call functions: a client, or the context of an invocation. */
export interface CanTrigger {
    readonly trigger: TypedTrigger;
}
