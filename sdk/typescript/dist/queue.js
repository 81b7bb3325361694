/** Queues: work that is done later, and again when it fails. */
import { TriggerAction } from './trigger.js';
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
export function queue(iii, name) {
    const action = TriggerAction.Enqueue({ queue: name });
    return {
        enqueue: (function_id, payload, options) => iii.trigger({ function_id, payload, action, ...options }),
    };
}
