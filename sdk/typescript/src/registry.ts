/** What this worker offers and wants, to be announced on every connection. */

import { encode } from './codec.ts'
import type { Connection } from './connection/connection.ts'
import type { Context } from './context.ts'
import { RegistrationError, readErrorBody } from './errors.ts'
import type { Limits } from './limits.ts'
import type { LogSink } from './logger.ts'
import type { RegisterFunction, RegisterTrigger, TriggerRegistrationResult } from './message.ts'
import type { Acknowledgement } from './registration.ts'
import type { StandardSchema } from './schema.ts'

/** What runs when a function is called. */
export type AnyHandler = (input: unknown, context: Context) => unknown

/** A function of this worker. */
export interface OfferedFunction {
  readonly announcement: RegisterFunction
  /** Absent: the function lives behind a URL. */
  readonly handler: AnyHandler | undefined
  readonly input: StandardSchema | undefined
  readonly acknowledgement: Acknowledgement
}

interface WantedTrigger {
  readonly announcement: RegisterTrigger
  readonly acknowledgement: Acknowledgement
}

/** The functions and triggers of this worker. Maps keep the order of registration. */
export class Registry {
  readonly #functions = new Map<string, OfferedFunction>()
  readonly #triggers = new Map<string, WantedTrigger>()
  readonly #connection: Connection
  readonly #limits: Limits
  readonly #log: LogSink

  constructor(connection: Connection, limits: Limits, log: LogSink) {
    this.#connection = connection
    this.#limits = limits
    this.#log = log
  }

  get offersFunctions(): boolean {
    return this.#functions.size > 0
  }

  function(id: string): OfferedFunction | undefined {
    return this.#functions.get(id)
  }

  addFunction(offered: OfferedFunction): void {
    const { id } = offered.announcement
    if (this.#functions.has(id)) {
      const message = 'this worker has registered it already'
      throw new RegistrationError(id, 'INVALID_ARGUMENTS', message)
    }
    this.#checkRoom(id, this.#functions.size)
    this.#functions.set(id, offered)
    this.#connection.hold()
    if (this.#connection.live) this.#announceFunction(offered)
  }

  removeFunction(id: string): void {
    if (!this.#functions.delete(id)) return
    this.#connection.send(encode({ type: 'unregisterfunction', id }))
    this.#connection.release()
  }

  addTrigger(wanted: WantedTrigger): void {
    this.#checkRoom(wanted.announcement.trigger_type, this.#triggers.size)
    this.#triggers.set(wanted.announcement.id, wanted)
    this.#connection.hold()
    if (this.#connection.live) this.#announceTrigger(wanted)
  }

  removeTrigger(id: string): void {
    const wanted = this.#triggers.get(id)
    if (wanted === undefined) return
    this.#triggers.delete(id)
    const { trigger_type } = wanted.announcement
    this.#connection.send(encode({ type: 'unregistertrigger', id, trigger_type }))
    this.#connection.release()
  }

  /** Announces everything on a new connection: functions first. */
  announceAll(): void {
    for (const offered of this.#functions.values()) this.#announceFunction(offered)
    for (const wanted of this.#triggers.values()) this.#announceTrigger(wanted)
  }

  #announceFunction(offered: OfferedFunction): void {
    const { announcement, acknowledgement } = offered
    this.#connection.send(encode(announcement))
    if (!this.#connection.acknowledges) return acknowledgement.confirm()
    acknowledgement.announced(() => {
      acknowledgement.late()
      this.removeFunction(announcement.id)
    })
  }

  #announceTrigger(wanted: WantedTrigger): void {
    const { announcement, acknowledgement } = wanted
    this.#connection.send(encode(announcement))
    if (!this.#connection.acknowledges) return acknowledgement.confirm()
    acknowledgement.announced(() => {
      // The engine has it; only the provider of the type takes its time.
      const message = `the provider of \`${announcement.trigger_type}\` does not answer`
      this.#log({ level: 'warn', message })
      acknowledgement.confirm()
    })
  }

  functionRegistered(id: string): void {
    this.#functions.get(id)?.acknowledgement.confirm()
  }

  /**
   * Refused at its first announcement a function is gone; refused after a reconnect it is kept for
   * the next connection, when its other owner may have left.
   */
  functionRefused(id: string, error: RegistrationError): void {
    const offered = this.#functions.get(id)
    if (offered === undefined) return
    if (!offered.acknowledgement.waits) {
      this.#log({ level: 'error', message: error.message })
      return
    }
    this.#functions.delete(id)
    this.#connection.release()
    offered.acknowledgement.refuse(error)
  }

  /** The provider's answer to a trigger of this worker. */
  triggerAnswered(answer: TriggerRegistrationResult): void {
    const wanted = this.#triggers.get(answer.id)
    if (wanted === undefined) return
    if (answer.error === undefined) return wanted.acknowledgement.confirm()
    const { code, message } = readErrorBody(answer.error)
    const { function_id, trigger_type } = wanted.announcement
    const where = `trigger of type \`${trigger_type}\` for \`${function_id}\`: ${message}`
    const error = new RegistrationError(function_id, code, where)
    if (!wanted.acknowledgement.waits) {
      this.#log({ level: 'error', message: error.message })
      return
    }
    wanted.acknowledgement.refuse(error)
    this.removeTrigger(answer.id)
  }

  /** What was announced on the old connection is not on the next one. */
  lost(): void {
    for (const { acknowledgement } of this.#functions.values()) acknowledgement.lost()
    for (const { acknowledgement } of this.#triggers.values()) acknowledgement.lost()
  }

  /** Ends every registration that waits. */
  endAll(error: () => Error): void {
    for (const entry of [...this.#functions.values(), ...this.#triggers.values()]) {
      if (entry.acknowledgement.waits) entry.acknowledgement.refuse(error())
    }
    for (let held = this.#functions.size + this.#triggers.size; held > 0; held--) {
      this.#connection.release()
    }
    this.#functions.clear()
    this.#triggers.clear()
  }

  #checkRoom(id: string, registered: number): void {
    if (registered < this.#limits.registrationsMax) return
    const message = 'the client limit `registrationsMax` is reached'
    throw new RegistrationError(id, 'overloaded', message)
  }
}
