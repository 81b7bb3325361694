/** Queues: work that is done later, and again when it fails. */
import { type CanTrigger, type EnqueueResult } from './trigger.ts';
export type { EnqueueResult } from './trigger.ts';
/** One queue. */
export interface Queue {
    /** Puts a call of a function on the queue; resolves once it is kept. */
    enqueue(function_id: string, payload: unknown, options?: {
        metadata?: unknown;
        namespace?: string;
        signal?: AbortSignal;
    }): Promise<EnqueueResult>;
}
/**
 * One queue, over a client or the context of an invocation.
 *
 * @example
 * ```ts
 * import { queue, registerWorker } from 'iii-kit'
 * const payments = queue(registerWorker('ws://localhost:49134'), 'payments')
 * const { messageReceiptId } = await payments.enqueue('orders::charge', { id: 7 })
 * ```
 */
export declare function queue(iii: CanTrigger, name: string): Queue;
