/** Trigger types: events that functions can be bound to. */

import { InvocationError } from './errors.ts'
import { isObject } from './json.ts'
import type { Delivery, RegisterTrigger } from './message.ts'
import type { CanTrigger } from './trigger.ts'

/** What a provider of a trigger type is handed. */
export interface TriggerConfig<Config = unknown> {
  /** The engine's name for the trigger. */
  readonly id: string
  readonly trigger_type: string
  /** The function to call. */
  readonly function_id: string
  readonly config: Config
  /** Goes with every call of the function. */
  readonly metadata?: Record<string, unknown>
  /** Where the function is. */
  readonly namespace?: string
}

/** How a trigger is fired. */
export interface FireOptions {
  /** For the condition and the function together, in milliseconds. */
  timeoutMs?: number
  signal?: AbortSignal
  /** Which delivery this is, from 1. */
  attempt?: number
  /** What is delivered, from a queue. */
  delivery?: Delivery
}

/** What became of a firing. */
export type Fired =
  | { readonly blocked: false; readonly result: unknown }
  | { readonly blocked: true }

/**
 * Provides a trigger type.
 *
 * @example
 * ```ts
 * import { type BoundTrigger, registerWorker } from 'iii-kit'
 * const iii = registerWorker('ws://localhost:49134', { workerName: 'bells' })
 * const bound = new Map<string, BoundTrigger<{ volume: number }>>()
 * iii.registerTriggerType<{ volume: number }>(
 *   { id: 'bell', description: 'rings' },
 *   {
 *     registerTrigger: async (trigger) => void bound.set(trigger.id, trigger),
 *     unregisterTrigger: async (trigger) => void bound.delete(trigger.id),
 *   },
 * )
 * for (const trigger of bound.values()) await trigger.fire({ loud: trigger.config.volume > 3 })
 * ```
 */
export interface TriggerHandler<Config = unknown> {
  /** Serve this trigger; throwing refuses it. */
  registerTrigger(trigger: BoundTrigger<Config>): Promise<void> | void
  /** Serve it no longer. */
  unregisterTrigger(trigger: BoundTrigger<Config>): Promise<void> | void
}

/** What firing needs of the client. */
export interface FiringHost extends CanTrigger {
  readonly callTimeoutMs: number
  now(): number
}

/**
 * A trigger that this worker serves.
 *
 * @example
 * ```ts
 * import type { BoundTrigger } from 'iii-kit'
 * async function ring(trigger: BoundTrigger) {
 *   const fired = await trigger.fire({ ding: 1 })
 *   return fired.blocked ? 'its condition said no' : fired.result
 * }
 * ```
 */
export class BoundTrigger<Config = unknown> implements TriggerConfig<Config> {
  readonly id: string
  readonly trigger_type: string
  readonly function_id: string
  readonly config: Config
  readonly metadata?: Record<string, unknown>
  readonly namespace?: string
  readonly #client: FiringHost

  /** @internal */
  constructor(trigger: RegisterTrigger, client: FiringHost) {
    this.id = trigger.id
    this.trigger_type = trigger.trigger_type
    this.function_id = trigger.function_id
    this.config = trigger.config as Config
    if (trigger.metadata !== undefined) {
      this.metadata = trigger.metadata as Record<string, unknown>
    }
    if (trigger.namespace !== undefined) this.namespace = trigger.namespace
    this.#client = client
  }

  /** Asks the trigger's condition, and calls the function unless it says `false`. */
  async fire(payload: unknown, options: FireOptions = {}): Promise<Fired> {
    const timeoutMs = options.timeoutMs ?? this.#client.callTimeoutMs
    const began = this.#client.now()
    if (!(await this.#allowed(payload, { ...options, timeoutMs }))) return { blocked: true }
    const left = timeoutMs - (this.#client.now() - began)
    const result = await this.#call(this.function_id, payload, { ...options, timeoutMs: left })
    return { blocked: false, result }
  }

  /** {@link BoundTrigger.fire} without waiting for the function; whether it was called. */
  async fireVoid(payload: unknown, options: FireOptions = {}): Promise<boolean> {
    if (!(await this.#allowed(payload, options))) return false
    const { function_id, metadata } = this
    const namespace = this.namespace ?? 'default'
    const { attempt, delivery } = options
    const action = { type: 'void' }
    const call = { function_id, payload, metadata, namespace, attempt, delivery, action }
    await this.#client.trigger(call)
    return true
  }

  /** Only the literal `false` blocks; an error means not run. */
  async #allowed(payload: unknown, options: FireOptions): Promise<boolean> {
    const condition = conditionOf(this.config)
    return condition === undefined || (await this.#call(condition, payload, options)) !== false
  }

  #call(function_id: string, payload: unknown, options: FireOptions): Promise<unknown> {
    return this.#client.trigger({
      function_id,
      payload,
      metadata: this.metadata,
      // Absent means the default namespace here, not the provider's own.
      namespace: this.namespace ?? 'default',
      ...options,
    })
  }
}

/** The condition of a configuration. Throws when what it names cannot be a function. */
export function conditionOf(config: unknown): string | undefined {
  const condition = isObject(config) ? config.condition_function_id : undefined
  if (condition === undefined || condition === null) return undefined
  if (typeof condition === 'string' && condition.trim() !== '') return condition
  // Firing without the condition would do what its author meant to prevent.
  const message = `\`condition_function_id\` is no function id: ${JSON.stringify(condition)}`
  throw new InvocationError({ code: 'INVALID_ARGUMENTS', message })
}
