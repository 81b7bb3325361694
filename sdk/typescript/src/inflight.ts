/** Calls that wait for an answer, and those that wait for a connection. */

import type { Clock, Timer } from './clock.ts'
import { encode, encodeCall, quoteId } from './codec.ts'
import { InvocationError, readErrorBody } from './errors.ts'
import type { Limits } from './limits.ts'
import type { InvocationResult, InvokeFunction } from './message.ts'

/** The engine's clock and ours may differ by this much when the engine ends a call. */
const DEADLINE_SLACK_MS = 50

/** What calls need of the connection. */
export interface Outgoing {
  /** Whether messages can be sent now. */
  readonly open: boolean
  /** Whether there is a connection, jammed or not. */
  readonly live: boolean
  /** Which connection this is, from 1. */
  readonly epoch: number
  send(text: string): void
  /** The process has to stay alive, or no longer. */
  hold(): void
  release(): void
}

/** How every result begins that the engine writes, up to its id. */
const RESULT = '{"type":"invocationresult","invocation_id":"'
/** Digits of a call's number in its id. */
const DIGITS = 12

interface Call {
  readonly number: number
  readonly functionId: string
  readonly deadline: number
  readonly timeoutMs: number
  readonly resolve: (result: unknown) => void
  readonly reject: (error: unknown) => void
  readonly signal: AbortSignal | undefined
  readonly parent: Set<() => void> | undefined
  /** Gives it up. */
  readonly aborted: (() => void) | undefined
  /** Whether it went out on the present connection. */
  sent: boolean
}

/** A call that waits until it can be sent. */
interface Unsent {
  readonly invoke: InvokeFunction
  readonly call?: Call
  readonly accepted?: () => void
  readonly refused?: (error: unknown) => void
}

/** A call to be made. */
export interface NewCall {
  readonly invoke: InvokeFunction
  /** Whether its trace was made here, and so has nothing to be escaped. */
  readonly plainTrace: boolean
  readonly timeoutMs: number
  readonly signal: AbortSignal | undefined
  /** Calls that end with the same invocation. */
  readonly parent: Set<() => void> | undefined
  /** The connection on which `invoke.parent` has a meaning. */
  readonly epoch: number
}

/** All calls of a client that were not answered yet. */
export class Calls {
  /** By the number in their ids: texts would have to be hashed, each time anew. */
  readonly #waiting = new Map<number, Call>()
  #unsent: Unsent[] = []
  readonly #outgoing: Outgoing
  readonly #limits: Limits
  readonly #clock: Clock
  readonly #prefix = idPrefix()
  #number = 0
  /** Whether results look as this engine usually writes them. */
  #usual = true
  /** No call ends by time before this. */
  #expiry = Number.POSITIVE_INFINITY
  #timer: Timer | undefined
  #ended: (() => Error) | undefined

  constructor(outgoing: Outgoing, limits: Limits, clock: Clock) {
    this.#outgoing = outgoing
    this.#limits = limits
    this.#clock = clock
  }

  get size(): number {
    return this.#waiting.size
  }

  /** Makes a call and waits for its answer. */
  start(next: NewCall): Promise<unknown> {
    return new Promise((resolve, reject) => this.#start(next, resolve, reject))
  }

  #start(next: NewCall, resolve: (r: unknown) => void, reject: (e: unknown) => void): void {
    const { invoke, timeoutMs, signal, parent } = next
    const functionId = invoke.function_id
    if (this.#ended !== undefined) return reject(this.#ended())
    if (signal?.aborted) return reject(cancelled(functionId, signal))
    if (timeoutMs <= 0) return reject(timedOut(functionId, timeoutMs))
    if (this.#waiting.size >= this.#limits.callsMax) return reject(full(functionId, 'callsMax'))
    const open = this.#outgoing.open
    if (!open && this.#unsent.length >= this.#limits.offlineCallsMax) {
      return reject(full(functionId, 'offlineCallsMax'))
    }
    this.#number += 1
    const number = this.#number
    const deadline = this.#clock.now() + timeoutMs
    const waits = signal !== undefined || parent !== undefined
    const aborted = waits ? () => this.#abort(number) : undefined
    const call: Call = {
      number,
      functionId,
      deadline,
      timeoutMs,
      resolve,
      reject,
      signal,
      parent,
      aborted,
      sent: open,
    }
    if (aborted !== undefined) {
      signal?.addEventListener('abort', aborted)
      parent?.add(aborted)
    }
    invoke.invocation_id = this.#id(number)
    if (next.epoch !== this.#outgoing.epoch) invoke.parent = undefined
    this.#waiting.set(number, call)
    if (this.#waiting.size === 1) this.#outgoing.hold()
    this.#expireBy(open ? deadline + this.#limits.callTimeoutGraceMs : deadline)
    if (open) {
      invoke.timeout_ms = Math.max(Math.ceil(timeoutMs), 1)
      this.#outgoing.send(encodeCall(invoke, next.plainTrace))
    } else this.#unsent.push({ invoke, call })
  }

  /** Makes a call nobody waits for; resolves at once unless the connection is jammed. */
  startVoid(invoke: InvokeFunction): Promise<void> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended())
    if (this.#outgoing.open) {
      this.#outgoing.send(encode(invoke))
      return Promise.resolve()
    }
    if (this.#unsent.length >= this.#limits.offlineCallsMax) {
      return Promise.reject(full(invoke.function_id, 'offlineCallsMax'))
    }
    if (!this.#outgoing.live) {
      // The process has to stay alive until the engine has it.
      this.#outgoing.hold()
      this.#unsent.push({ invoke, accepted: () => this.#outgoing.release() })
      return Promise.resolve()
    }
    return new Promise((accepted, refused) => this.#unsent.push({ invoke, accepted, refused }))
  }

  /** The connection can take messages: what waited leaves, in order. */
  opened(): void {
    const unsent = this.#unsent
    this.#unsent = []
    for (let at = 0; at < unsent.length; at++) {
      if (!this.#outgoing.open) {
        this.#unsent = unsent.slice(at).concat(this.#unsent)
        return
      }
      this.#sendUnsent(unsent[at] as Unsent)
    }
  }

  #sendUnsent({ invoke, call, accepted }: Unsent): void {
    if (call !== undefined) {
      // Calls that ended meanwhile are gone from the table.
      if (!this.#waiting.has(call.number)) return
      call.sent = true
      // Whatever invocation it belonged to was of an earlier connection.
      invoke.parent = undefined
      invoke.timeout_ms = Math.max(Math.ceil(call.deadline - this.#clock.now()), 1)
    }
    this.#outgoing.send(encode(invoke))
    accepted?.()
  }

  /**
   * Ends the call that a result belongs to, if the message is the result of one, and written as
   * this engine usually does: only the result itself is parsed then. Says whether it was.
   */
  answeredBy(text: string): boolean {
    if (!this.#usual || !text.startsWith(RESULT)) return false
    const number = this.#numberIn(text, RESULT.length)
    const call = number === undefined ? undefined : this.#waiting.get(number)
    if (call === undefined) return false
    const middle = `","function_id":${quoteId(call.functionId)},"result":`
    const at = RESULT.length + this.#prefix.length + DIGITS
    if (!text.startsWith(middle, at)) return false
    let result: unknown
    try {
      // With more fields behind it this is no JSON, and neither is a message that is cut off.
      result = JSON.parse(text.slice(at + middle.length, -1))
    } catch {
      this.#usual = false
      return false
    }
    this.#take(call.number)
    call.resolve(result)
    return true
  }

  /** Ends the call that a result belongs to. Results of calls given up are dropped. */
  answered(result: InvocationResult): void {
    const call = this.#take(this.#numberIn(result.invocation_id))
    if (call === undefined) return
    if (result.error === undefined) return call.resolve(result.result)
    const body = readErrorBody(result.error)
    const late = this.#clock.now() + DEADLINE_SLACK_MS >= call.deadline
    if (late && body.code === 'TIMEOUT') call.reject(timedOut(call.functionId, call.timeoutMs))
    else call.reject(new InvocationError({ ...body, function_id: call.functionId }))
  }

  /** Ends a call by its id, for answers that are no valid message. */
  end(id: string, error: { code: string; message: string }): void {
    const call = this.#take(this.#numberIn(id))
    call?.reject(new InvocationError({ ...error, function_id: call.functionId }))
  }

  /** Ends every call that was sent: its answer will not come. */
  lost(): void {
    for (const call of [...this.#waiting.values()]) {
      if (call.sent) {
        this.end(this.#id(call.number), {
          code: 'connection_lost',
          message: 'the connection to the engine broke after the call was sent',
        })
      }
    }
  }

  /** Ends every call, those to come included. */
  endAll(error: () => Error): void {
    this.#ended = error
    for (const { accepted, refused } of this.#unsent.splice(0)) {
      if (refused !== undefined) refused(error())
      else accepted?.()
    }
    for (const number of [...this.#waiting.keys()]) this.#take(number)?.reject(error())
    this.#timer?.cancel()
  }

  #abort(number: number): void {
    const call = this.#take(number)
    if (call === undefined) return
    this.#giveUp(call, 'cancelled')
    call.reject(cancelled(call.functionId, call.signal))
  }

  #giveUp(call: Call, reason: string): void {
    if (call.sent) {
      const type = 'cancelinvocation'
      this.#outgoing.send(encode({ type, invocation_id: this.#id(call.number), reason }))
    } else this.#unsent = this.#unsent.filter((unsent) => unsent.call !== call)
  }

  #id(number: number): string {
    return this.#prefix + number.toString(16).padStart(DIGITS, '0')
  }

  /** The number in an id of this client, which begins at `from`. */
  #numberIn(text: string, from = 0): number | undefined {
    if (!text.startsWith(this.#prefix, from)) return undefined
    const start = from + this.#prefix.length
    const digits = text.slice(start, start + DIGITS)
    return /^[0-9a-f]+$/.test(digits) ? Number.parseInt(digits, 16) : undefined
  }

  #take(number: number | undefined): Call | undefined {
    const call = number === undefined ? undefined : this.#waiting.get(number)
    if (call === undefined) return undefined
    this.#waiting.delete(call.number)
    if (call.aborted !== undefined) {
      call.signal?.removeEventListener('abort', call.aborted)
      call.parent?.delete(call.aborted)
    }
    if (this.#waiting.size === 0) this.#outgoing.release()
    return call
  }

  #expireBy(at: number): void {
    if (at >= this.#expiry) return
    this.#expiry = at
    this.#timer?.cancel()
    this.#timer = this.#clock.after(at - this.#clock.now(), () => this.#expire())
  }

  /** Ends calls whose time is up. */
  #expire(): void {
    this.#expiry = Number.POSITIVE_INFINITY
    this.#timer = undefined
    const now = this.#clock.now()
    let next = Number.POSITIVE_INFINITY
    for (const call of [...this.#waiting.values()]) {
      const expiry = call.deadline + (call.sent ? this.#limits.callTimeoutGraceMs : 0)
      if (expiry > now) next = Math.min(next, expiry)
      else if (this.#take(call.number) !== undefined) {
        this.#giveUp(call, 'timeout')
        call.reject(timedOut(call.functionId, call.timeoutMs))
      }
    }
    if (next < Number.POSITIVE_INFINITY) this.#expireBy(next)
  }
}

/** All but the last group of a UUID, random: ids of two clients differ. */
function idPrefix(): string {
  const hex = Array.from({ length: 16 }, () => Math.floor(Math.random() * 16).toString(16)).join('')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(12, 15)}-8${hex.slice(1, 4)}-`
}

function timedOut(function_id: string, timeoutMs: number): InvocationError {
  const message = `\`${function_id}\` did not answer within ${Math.round(timeoutMs)} ms`
  return new InvocationError({ code: 'TIMEOUT', message, function_id })
}

function full(function_id: string, limit: keyof Limits): InvocationError {
  const message = `the client limit \`${limit}\` is reached`
  return new InvocationError({ code: 'overloaded', message, function_id })
}

function cancelled(function_id: string, signal: AbortSignal | undefined): InvocationError {
  const message = 'the call was cancelled'
  const error = new InvocationError({ code: 'cancelled', message, function_id })
  error.cause = signal?.reason
  return error
}
