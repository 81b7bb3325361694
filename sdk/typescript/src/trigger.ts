/** What a call looks like before it is sent. */

import type { Action, Delivery } from './message.ts'

/** How a call is put on a queue. Whether it fits is for the queue to say. */
export interface EnqueueOptions {
  queue: string
  /** Messages of one group are handled one after the other, in their order. */
  group?: string
  /** What limits per key count. */
  key?: string
  /** Whose message it is: tenants share a queue fairly. */
  tenant?: string
  /** Greater ones come first. */
  priority?: number
  /** Not before this many milliseconds have passed. */
  delay_ms?: number
  /** Not before this instant, in milliseconds since the Unix epoch. */
  run_at?: number
  /** Of several with one key within the window, the first counts. */
  idempotency_key?: string
  idempotency_window_ms?: number
  /** Not after this many milliseconds have passed. */
  ttl_ms?: number
  /** How long one attempt may take. */
  timeout_ms?: number
  attempts_max?: number
  /** Of several in quick succession, the last counts. */
  debounce?: { key: string; ms: number; max_wait_ms?: number }
  /** At most one in this many milliseconds. */
  throttle?: { key: string; ms: number }
  /** At most one with this key waits or runs. */
  singleton?: string
}

/** How a call is routed. */
export type TriggerAction = ({ type: 'enqueue' } & EnqueueOptions) | { type: 'void' } | Action

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
  Enqueue: (options: EnqueueOptions) => ({ type: 'enqueue', ...options }) as const,
  /** Nobody waits for the result. */
  Void: () => ({ type: 'void' }) as const,
} as const

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
  messageReceiptId: string
}

/** A call. */
export interface TriggerRequest<In = unknown> {
  /** The function to call. */
  function_id: string
  /** Its input. `undefined` is absent, which differs from `null`. */
  payload?: In
  /** How the call is routed; absent: it waits for the result. */
  action?: TriggerAction
  /** How long to wait, in milliseconds; absent: `invocationTimeoutMs` of the client. */
  timeoutMs?: number
  /** JSON beside the input, for the handler's `ctx.metadata`. */
  metadata?: unknown
  /** Of the function; absent: the worker's own, and `default` for `engine::` ids. */
  namespace?: string
  /** Gives the call up; the function is told. */
  signal?: AbortSignal
  /** Does not end with the invocation in whose handler it is made. */
  detached?: boolean
  /** Which delivery this is, for workers that deliver again; from 1. */
  attempt?: number
  /** What is delivered, for workers that deliver again. */
  delivery?: Delivery
}

/** Calls a function: `trigger<Out>(request)`, or `trigger<In, Out>(request)`. */
export interface TypedTrigger {
  <Out = unknown>(request: TriggerRequest): Promise<Out>
  <In, Out>(request: TriggerRequest<In>): Promise<Out>
}

/** Whatever can call functions: a client, or the context of an invocation. */
export interface CanTrigger {
  readonly trigger: TypedTrigger
}
