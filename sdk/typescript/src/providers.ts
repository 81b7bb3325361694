/** Trigger types this worker provides, and the triggers bound to them. */

import { encode } from './codec.ts'
import type { Connection } from './connection/connection.ts'
import { type ErrorBody, RegistrationError, thrownBody } from './errors.ts'
import type { Limits } from './limits.ts'
import type { LogSink } from './logger.ts'
import type { RegisterTrigger, RegisterTriggerType, UnregisterTrigger } from './message.ts'
import type { Acknowledgement } from './registration.ts'
import { BoundTrigger, conditionOf, type FiringHost, type TriggerHandler } from './trigger_type.ts'

interface Operation {
  readonly kind: 'bind' | 'unbind'
  readonly trigger: BoundTrigger
  readonly epoch: number
}

interface Provider {
  readonly announcement: RegisterTriggerType
  readonly handler: TriggerHandler
  readonly acknowledgement: Acknowledgement
  /** What the handler has not got round to yet. */
  readonly operations: Operation[]
  /** The handler works on an operation; the next one waits. */
  busy: boolean
  /** Triggers that the handler knows. */
  readonly bound: Map<string, BoundTrigger>
}

/** The trigger types of this worker. */
export class Providers {
  readonly #types = new Map<string, Provider>()
  readonly #connection: Connection
  readonly #client: FiringHost
  readonly #limits: Limits
  readonly #log: LogSink

  constructor(connection: Connection, client: FiringHost, limits: Limits, log: LogSink) {
    this.#connection = connection
    this.#client = client
    this.#limits = limits
    this.#log = log
  }

  get offersTypes(): boolean {
    return this.#types.size > 0
  }

  add(
    announcement: RegisterTriggerType,
    handler: TriggerHandler,
    acknowledgement: Acknowledgement,
  ): void {
    const { id } = announcement
    if (this.#types.has(id)) {
      const message = 'this worker has registered it already'
      throw new RegistrationError(id, 'INVALID_ARGUMENTS', message)
    }
    if (this.#types.size >= this.#limits.registrationsMax) {
      const message = 'the client limit `registrationsMax` is reached'
      throw new RegistrationError(id, 'overloaded', message)
    }
    const provider: Provider = {
      announcement,
      handler,
      acknowledgement,
      operations: [],
      busy: false,
      bound: new Map(),
    }
    this.#types.set(id, provider)
    this.#connection.hold()
    if (this.#connection.live) this.#announce(provider)
  }

  /** Takes a trigger type back; its handler lets its triggers go. */
  retire(id: string): void {
    const provider = this.#types.get(id)
    if (provider === undefined) return
    this.#types.delete(id)
    const { namespace } = provider.announcement
    this.#connection.send(encode({ type: 'unregistertriggertype', id, namespace }))
    this.#connection.release()
    this.#unbindAll(provider)
    void this.#advance(provider)
  }

  /** Announces everything on a new connection. The engine sends the triggers anew. */
  announceAll(): void {
    for (const provider of this.#types.values()) {
      this.#unbindAll(provider)
      this.#announce(provider)
      void this.#advance(provider)
    }
  }

  #announce(provider: Provider): void {
    const { announcement, acknowledgement } = provider
    this.#connection.send(encode(announcement))
    if (!this.#connection.acknowledges) return acknowledgement.confirm()
    acknowledgement.announced(() => {
      acknowledgement.late()
      this.retire(announcement.id)
    })
  }

  registered(id: string): void {
    this.#types.get(id)?.acknowledgement.confirm()
  }

  /** Refused after a reconnect a type is kept for the next connection, else it is gone. */
  refused(id: string, error: RegistrationError): void {
    const provider = this.#types.get(id)
    if (provider === undefined) return
    if (!provider.acknowledgement.waits) {
      this.#log({ level: 'error', message: error.message })
      return
    }
    this.#types.delete(id)
    this.#connection.release()
    provider.acknowledgement.refuse(error)
  }

  lost(): void {
    for (const { acknowledgement } of this.#types.values()) acknowledgement.lost()
  }

  endAll(error: () => Error): void {
    for (const provider of this.#types.values()) {
      if (provider.acknowledgement.waits) provider.acknowledgement.refuse(error())
      this.#unbindAll(provider)
      void this.#advance(provider)
      this.#connection.release()
    }
    this.#types.clear()
  }

  /** The engine hands over a trigger to serve. */
  bind(trigger: RegisterTrigger): void {
    const provider = this.#types.get(trigger.trigger_type)
    if (provider === undefined) {
      const message = `this worker does not provide \`${trigger.trigger_type}\``
      return this.#answer(trigger, { code: 'trigger_type_not_found', message })
    }
    if (provider.operations.length >= this.#limits.triggerOperationsMax) {
      const message = "the provider's limit `triggerOperationsMax` is reached"
      return this.#answer(trigger, { code: 'overloaded', message })
    }
    try {
      conditionOf(trigger.config)
    } catch (error) {
      return this.#answer(trigger, thrownBody(error, false))
    }
    const bound = new BoundTrigger(trigger, this.#client)
    const epoch = this.#connection.epoch
    provider.operations.push({ kind: 'bind', trigger: bound, epoch })
    void this.#advance(provider)
  }

  /** The engine takes a trigger back. */
  unbind({ id, trigger_type }: UnregisterTrigger): void {
    const named = trigger_type === undefined ? undefined : this.#types.get(trigger_type)
    const providers = named === undefined ? [...this.#types.values()] : [named]
    for (const provider of providers) {
      // A trigger the handler has not seen yet needs no more than being forgotten.
      const waiting = provider.operations.findIndex(
        (operation) => operation.kind === 'bind' && operation.trigger.id === id,
      )
      if (waiting >= 0) provider.operations.splice(waiting, 1)
      const trigger = provider.bound.get(id)
      if (trigger === undefined) continue
      provider.bound.delete(id)
      provider.operations.push({ kind: 'unbind', trigger, epoch: this.#connection.epoch })
      void this.#advance(provider)
    }
  }

  #unbindAll(provider: Provider): void {
    const keep = provider.operations.filter((operation) => operation.kind === 'unbind')
    provider.operations.splice(0, provider.operations.length, ...keep)
    for (const trigger of provider.bound.values()) {
      provider.operations.push({ kind: 'unbind', trigger, epoch: this.#connection.epoch })
    }
    provider.bound.clear()
  }

  /** Lets a handler do the operations that wait for it, one after the other. */
  async #advance(provider: Provider): Promise<void> {
    if (provider.busy) return
    provider.busy = true
    for (;;) {
      const operation = provider.operations.shift()
      if (operation === undefined) break
      if (operation.kind === 'bind') await this.#perform(provider, operation)
      else await this.#release(provider, operation.trigger)
    }
    provider.busy = false
  }

  async #perform(provider: Provider, { trigger, epoch }: Operation): Promise<void> {
    provider.bound.set(trigger.id, trigger)
    let refusal: ErrorBody | undefined
    try {
      await provider.handler.registerTrigger(trigger)
    } catch (error) {
      provider.bound.delete(trigger.id)
      refusal = thrownBody(error, false)
      if (refusal.code === 'invocation_failed') refusal.code = 'trigger_registration_failed'
    }
    if (epoch === this.#connection.epoch) this.#answer(trigger, refusal)
  }

  async #release(provider: Provider, trigger: BoundTrigger): Promise<void> {
    try {
      await provider.handler.unregisterTrigger(trigger)
    } catch (error) {
      const { message } = thrownBody(error, false)
      const where = `trigger \`${trigger.id}\` was not unregistered cleanly: ${message}`
      this.#log({ level: 'error', message: where })
    }
  }

  #answer(
    trigger: { id: string; trigger_type: string; function_id: string },
    error: ErrorBody | undefined,
  ): void {
    const { id, trigger_type, function_id } = trigger
    const type = 'triggerregistrationresult'
    this.#connection.send(encode({ type, id, trigger_type, function_id, error }))
  }
}
