/** What a call looks like before it is sent. */
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
export const TriggerAction = {
    /** Hands the call to a queue; the answer is a receipt: `{ messageReceiptId }`. */
    Enqueue: (options) => ({ type: 'enqueue', ...options }),
    /** Nobody waits for the result. */
    Void: () => ({ type: 'void' }),
};
