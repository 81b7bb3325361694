/** What a handler knows about the invocation it runs. */

import { Logger, type LogSink } from './logger.ts'
import type { CallerBody, Delivery, InvokeFunction } from './message.ts'
import type { Scope } from './scope.ts'
import type { Telemetry } from './telemetry/telemetry.ts'
import { spanIdOf, type TraceContext, traceIdOf } from './trace.ts'
import type { TriggerRequest, TypedTrigger } from './trigger.ts'

/** Who called, as stamped by the engine. */
export type Caller = Readonly<CallerBody>

/** What contexts need of their client. */
export interface ContextHost {
  callWithin(context: Context, request: TriggerRequest): Promise<unknown>
  readonly logSink: LogSink
  readonly telemetry: Telemetry
  now(): number
  wall(): number
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
export class Context implements Scope {
  /** The id under which this worker knows the invocation. */
  readonly invocationId: string
  /** The function that was called. */
  readonly functionId: string
  /** What came beside the input: the call's or the trigger's metadata. */
  readonly metadata: unknown
  /** Who called, as stamped by the engine. */
  readonly caller: Caller | undefined
  /** Which delivery this is, from 1. */
  readonly attempt: number
  /** What is delivered, where the call comes from a queue. */
  readonly delivery: Delivery | undefined
  /** The trace this invocation belongs to. */
  get trace(): TraceContext {
    return this.#trace
  }
  /** @internal Its own span has begun. */
  set trace(trace: TraceContext) {
    this.#trace = trace
  }
  #trace: TraceContext
  /** @internal */
  readonly host: ContextHost
  /** @internal The connection on which the id has a meaning. */
  readonly epoch: number
  /** @internal */
  readonly deadlineAt: number | undefined
  /** @internal Its call brought no trace. */
  readonly beginsTrace: boolean
  /** @internal It opened the writing end of a channel, or handed a reference on. */
  usesChannels = false
  /** @internal Calls that end with this invocation, by how to give them up. */
  get calls(): Set<() => void> {
    this.#calls ??= new Set()
    return this.#calls
  }
  #calls: Set<() => void> | undefined
  #controller: AbortController | undefined
  #cancelled: string | undefined
  #logger: Logger | undefined

  /** @internal */
  constructor(
    id: string,
    invoke: InvokeFunction,
    trace: TraceContext,
    host: ContextHost,
    epoch: number,
  ) {
    this.invocationId = id
    this.functionId = invoke.function_id
    this.metadata = invoke.metadata
    this.caller = invoke.caller
    this.attempt = invoke.attempt ?? 1
    this.delivery = invoke.delivery
    this.beginsTrace = invoke.traceparent === undefined
    this.#trace = trace
    this.host = host
    this.epoch = epoch
    this.deadlineAt = invoke.timeout_ms === undefined ? undefined : host.now() + invoke.timeout_ms
  }

  /** @internal */
  get invocation(): Context {
    return this
  }

  /** Identifies the message in its queue, where the call comes from one. */
  get messageId(): string | undefined {
    return this.delivery?.message_id
  }

  /** The trace id, 32 hexadecimal digits. */
  get traceId(): string | undefined {
    return traceIdOf(this.trace)
  }

  /** When the caller stops waiting. */
  get deadline(): Date | undefined {
    const left = this.remainingMs
    return left === undefined ? undefined : new Date(this.host.wall() + left)
  }

  /** How many milliseconds the caller still waits. */
  get remainingMs(): number | undefined {
    return this.deadlineAt === undefined
      ? undefined
      : Math.max(this.deadlineAt - this.host.now(), 0)
  }

  /**
   * Is aborted when nobody wants the result any more: the caller cancelled, went away or timed
   * out, or the connection broke.
   */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.#cancelled !== undefined) this.#controller.abort(reasonOf(this.#cancelled))
    }
    return this.#controller.signal
  }

  /** Writes lines with the trace of this invocation. */
  get logger(): Logger {
    this.#logger ??= new Logger(this.traceId, undefined, spanIdOf(this.trace), {
      functionId: this.functionId,
      sink: this.host.logSink,
      telemetry: this.host.telemetry,
    })
    return this.#logger
  }

  /** Calls a function as part of this invocation: same trace, no later deadline. */
  get trigger(): TypedTrigger {
    return ((request: TriggerRequest) => this.host.callWithin(this, request)) as TypedTrigger
  }

  /** @internal */
  cancel(reason: string): void {
    if (this.#cancelled !== undefined) return
    this.#cancelled = reason
    this.#controller?.abort(reasonOf(reason))
    // Calls that tidy up afterwards are made as usual.
    const calls = this.#calls
    this.#calls = undefined
    for (const giveUp of [...(calls ?? [])]) giveUp()
  }
}

/** Nobody waits for the result any more. */
function reasonOf(reason: string): Error {
  const error = new Error(`the invocation is cancelled: ${reason}`)
  error.name = 'AbortError'
  return Object.assign(error, { code: 'cancelled' })
}
