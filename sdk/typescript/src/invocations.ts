/** Invocations of this worker's functions. */

import { encode } from './codec.ts'
import type { Connection } from './connection/connection.ts'
import { Context, type ContextHost } from './context.ts'
import { type ErrorBody, thrownBody } from './errors.ts'
import { Raw, utf8Length } from './json.ts'
import type { Limits } from './limits.ts'
import type { InvokeFunction } from './message.ts'
import { KIND, otel } from './otel/api.ts'
import { traceOfSpan } from './otel/context.ts'
import { inSpan, isThenable } from './otel/spans.ts'
import type { OfferedFunction, Registry } from './registry.ts'
import { validate } from './schema.ts'
import { inScope } from './scope.ts'
import { newTrace, type TraceContext } from './trace.ts'

/** What invocations need of their client. */
export interface InvocationHost extends ContextHost {
  /** Puts readers and writers in the place of channel references. */
  openChannels(input: unknown, context: Context): unknown
  /** Counts ends of channels that were used outside of any invocation. */
  readonly channelsUsed: number
}

/** The invocations that run. */
export class Invocations {
  readonly #running = new Map<string, Context>()
  /** Those of earlier connections: nobody waits for them, but they still take room. */
  #orphans = 0
  #waitingIdle: (() => void)[] = []
  readonly #connection: Connection
  readonly #registry: Registry
  readonly #limits: Limits
  readonly #host: InvocationHost
  readonly #development: boolean

  constructor(parts: {
    connection: Connection
    registry: Registry
    limits: Limits
    host: InvocationHost
    development: boolean
  }) {
    this.#connection = parts.connection
    this.#registry = parts.registry
    this.#limits = parts.limits
    this.#host = parts.host
    this.#development = parts.development
  }

  /** The engine calls a function; `text` is the message it came in. */
  invoked(invoke: InvokeFunction, text: string): void {
    const id = invoke.invocation_id
    if (id === undefined) return
    const functionId = invoke.function_id
    const offered = this.#registry.function(functionId)
    if (offered?.handler === undefined) {
      const [code, message] =
        offered === undefined
          ? ['function_not_found', `this worker does not offer \`${functionId}\``]
          : ['function_not_invokable', `\`${functionId}\` lives behind a URL`]
      return this.#fail(id, functionId, { code, message })
    }
    const max = this.#limits.invocationsMax
    if (this.#running.size + this.#orphans >= max) {
      const message = `the worker runs \`invocationsMax\` (${max}) invocations already`
      return this.#fail(id, functionId, { code: 'overloaded', message })
    }
    const context = new Context(id, invoke, traceOf(invoke), this.#host, this.#connection.epoch)
    const before = this.#host.channelsUsed
    let input = invoke.data
    // Nothing is walked through unless there is a reference somewhere.
    if (text.includes('"access_key"')) input = this.#host.openChannels(input, context)
    this.#run(offered, input, context, before)
  }

  #run(offered: OfferedFunction, input: unknown, context: Context, before: number): void {
    let result: unknown
    try {
      result = inScope(context, () => execute(offered, input, context))
    } catch (error) {
      return this.#failed(context, error)
    }
    if (!isThenable(result)) return this.#succeeded(context, result, before)
    this.#running.set(context.invocationId, context)
    result.then(
      (value) => {
        if (this.#ended(context)) this.#succeeded(context, value, before)
      },
      (error: unknown) => {
        if (this.#ended(context)) this.#failed(context, error)
      },
    )
  }

  /** Takes a context out; whether anybody still waits for its result. */
  #ended(context: Context): boolean {
    const current = this.#running.get(context.invocationId) === context
    if (current) this.#running.delete(context.invocationId)
    else this.#orphans -= 1
    if (this.#waitingIdle.length > 0) {
      // The answer leaves first.
      queueMicrotask(() => this.#tellIdle())
    }
    return current
  }

  #succeeded(context: Context, value: unknown, before: number): void {
    const { invocationId, functionId } = context
    let text: string | undefined
    try {
      text = JSON.stringify(value)
    } catch (error) {
      const message = `the result has no JSON form: ${thrownBody(error, false).message}`
      return this.#fail(invocationId, functionId, { code: 'serialization_error', message })
    }
    const bytesMax = this.#limits.messageBytesMax
    if (text !== undefined && text.length * 3 > bytesMax && utf8Length(text) > bytesMax) {
      const message = `the result has ${utf8Length(text)} bytes, the limit is ${bytesMax}`
      return this.#fail(invocationId, functionId, { code: 'payload_too_large', message })
    }
    if (text?.includes('"access_key"')) context.usesChannels = true
    const nothing = text === undefined || text === 'null'
    this.#connection.send(
      encode({
        type: 'invocationresult',
        invocation_id: invocationId,
        function_id: functionId,
        result: text === undefined ? undefined : new Raw(text),
        quiet: nothing && !context.usesChannels && this.#host.channelsUsed === before,
      }),
    )
  }

  #failed(context: Context, error: unknown): void {
    this.#fail(context.invocationId, context.functionId, thrownBody(error, this.#development))
  }

  #fail(invocation_id: string, function_id: string, error: ErrorBody): void {
    this.#connection.send(encode({ type: 'invocationresult', invocation_id, function_id, error }))
  }

  /** The engine says that nobody waits for an invocation any more. */
  cancel(id: string, reason: string): void {
    this.#running.get(id)?.cancel(reason)
  }

  /** Nobody waits for any invocation any more. */
  lost(reason: string): void {
    const contexts = [...this.#running.values()]
    this.#running.clear()
    this.#orphans += contexts.length
    for (const context of contexts) context.cancel(reason)
  }

  /** Resolves once nothing runs. */
  idle(): Promise<void> {
    return new Promise((resolve) => {
      this.#waitingIdle.push(resolve)
      this.#tellIdle()
    })
  }

  #tellIdle(): void {
    if (this.#running.size + this.#orphans > 0) return
    for (const resolve of this.#waitingIdle.splice(0)) resolve()
  }
}

function execute(offered: OfferedFunction, input: unknown, context: Context): unknown {
  if (otel() === undefined) return call(offered, input, context)
  const attributes: Record<string, unknown> = {
    'iii.function.id': context.functionId,
    'iii.invocation.id': context.invocationId,
  }
  if (context.attempt > 1) attributes['iii.attempt'] = context.attempt
  const name = `execute ${context.functionId}`
  // Nobody knows the span that a call without a trace would be below of.
  const options = { kind: KIND.server, attributes, root: context.beginsTrace }
  return inSpan(name, options, context.trace, (span) => {
    // Lines and calls of this invocation belong to its span, wherever they are made.
    if (span !== undefined)
      context.trace = traceOfSpan(span, context.trace.baggage) ?? context.trace
    return call(offered, input, context)
  })
}

function call(offered: OfferedFunction, input: unknown, context: Context): unknown {
  const handler = offered.handler as NonNullable<OfferedFunction['handler']>
  if (offered.input === undefined) return handler(input, context)
  const checked = validate(offered.input, input)
  if (checked instanceof Promise) return checked.then((value) => handler(value, context))
  return handler(checked, context)
}

function traceOf(invoke: InvokeFunction): TraceContext {
  if (invoke.traceparent === undefined) return newTrace()
  const { traceparent, tracestate, baggage } = invoke
  return { traceparent, tracestate, baggage }
}
