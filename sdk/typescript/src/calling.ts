/** From a request to a call. */

import type { Context, ContextHost } from './context.ts'
import { InvocationError } from './errors.ts'
import type { Calls } from './inflight.ts'
import { Raw, utf8Length } from './json.ts'
import type { Limits } from './limits.ts'
import type { InvokeFunction } from './message.ts'
import { checkNamespace, DEFAULT_NAMESPACE } from './options.ts'
import { KIND, otel } from './otel/api.ts'
import { activeSpan, traceOfSpan } from './otel/context.ts'
import { inSpan } from './otel/spans.ts'
import type { Scope } from './scope.ts'
import { type TraceContext, traceForCall, traceHere } from './trace.ts'
import type { TriggerRequest } from './trigger.ts'

/** What calling needs of its client. */
export interface CallingHost extends ContextHost {
  channelsUsed: number
}

export class Calling {
  /** The worker's own namespace, if it is not the default one. */
  readonly namespace: string | undefined
  readonly #calls: Calls
  readonly #host: CallingHost
  readonly #limits: Limits

  constructor(parts: {
    calls: Calls
    host: CallingHost
    limits: Limits
    namespace: string | undefined
  }) {
    this.#calls = parts.calls
    this.#host = parts.host
    this.#limits = parts.limits
    this.namespace = parts.namespace
  }

  /** Makes a call in a scope. Never throws: whatever is wrong rejects. */
  call(scope: Scope | undefined, request: TriggerRequest): Promise<unknown> {
    if (otel()?.trace === undefined) return this.#call(scope, request)
    const attributes = { 'iii.function.id': request.function_id }
    const kind = request.action === undefined ? KIND.client : KIND.producer
    // Where OpenTelemetry has lost its context, the scope still knows the trace.
    const parent = activeSpan() === undefined ? scope?.trace : undefined
    return inSpan(`call ${request.function_id}`, { kind, attributes }, parent, (span) => {
      const trace = span === undefined ? undefined : traceOfSpan(span, parent?.baggage)
      if (trace === undefined) return this.#call(scope, request)
      return this.#call({ trace, invocation: scope?.invocation }, request)
    })
  }

  /** A call for the client's own sake: programs do not see it in their traces. */
  ask(request: TriggerRequest): Promise<unknown> {
    return this.#call(undefined, request)
  }

  #call(scope: Scope | undefined, request: TriggerRequest): Promise<unknown> {
    const given = traceHere(scope?.trace)
    const plainTrace = given?.traceparent === undefined
    let invoke: InvokeFunction
    try {
      invoke = this.#message(scope, request, given)
    } catch (error) {
      return Promise.reject(error)
    }
    const { timeoutMs, signal } = request
    if (request.action?.type === 'void') {
      if (timeoutMs !== undefined) invoke.timeout_ms = Math.max(Math.ceil(timeoutMs), 1)
      return this.#calls.startVoid(invoke)
    }
    const parent = this.#parent(scope, request)
    let timeout = timeoutMs ?? this.#limits.callTimeoutMs
    if (parent?.deadlineAt !== undefined) {
      timeout = Math.min(timeout, parent.deadlineAt - this.#host.now())
    }
    invoke.parent = parent?.invocationId
    return this.#calls.start({
      invoke,
      plainTrace,
      timeoutMs: timeout,
      signal,
      parent: parent?.calls,
      epoch: parent?.epoch ?? 0,
    })
  }

  /** Only invocations of this very client can be parents here. */
  #parent(scope: Scope | undefined, request: TriggerRequest): Context | undefined {
    const parent = scope?.invocation
    return parent !== undefined && parent.host === this.#host && !request.detached
      ? parent
      : undefined
  }

  #message(
    scope: Scope | undefined,
    request: TriggerRequest,
    given: TraceContext | undefined,
  ): InvokeFunction {
    const { function_id, action, metadata, attempt, delivery } = request
    if (typeof function_id !== 'string' || function_id === '') {
      throw invalid(String(function_id), '`function_id` is a text that is not empty')
    }
    const data = this.#encode(function_id, request.payload)
    if (data?.text.includes('"access_key"')) this.#channelHandedOn(scope)
    const { traceparent, tracestate, baggage } = traceForCall(given)
    return {
      type: 'invokefunction',
      invocation_id: undefined,
      function_id,
      data,
      action,
      metadata: metadata === undefined ? undefined : this.#encode(function_id, metadata),
      namespace: this.#namespaceOf(function_id, request.namespace),
      traceparent,
      tracestate,
      baggage,
      caller: undefined,
      timeout_ms: undefined,
      parent: undefined,
      attempt,
      delivery,
    }
  }

  #encode(function_id: string, value: unknown): Raw | undefined {
    let text: string | undefined
    try {
      text = JSON.stringify(value)
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      const message = `the payload has no JSON form: ${reason}`
      throw new InvocationError({ code: 'serialization_error', message, function_id })
    }
    if (text === undefined) return undefined
    const bytesMax = this.#limits.messageBytesMax
    if (text.length * 3 > bytesMax && utf8Length(text) > bytesMax) {
      const message = `the payload has ${utf8Length(text)} bytes, the limit is ${bytesMax}`
      throw new InvocationError({ code: 'payload_too_large', message, function_id })
    }
    return new Raw(text)
  }

  #channelHandedOn(scope: Scope | undefined): void {
    if (scope?.invocation === undefined) this.#host.channelsUsed += 1
    else scope.invocation.usesChannels = true
  }

  /** Ids of the engine live in the default namespace, wherever the caller does. */
  #namespaceOf(functionId: string, given: string | undefined): string | undefined {
    if (given === DEFAULT_NAMESPACE) return undefined
    if (given !== undefined) {
      try {
        return checkNamespace(given)
      } catch (error) {
        const message = (error as Error).message
        throw new InvocationError({
          code: 'INVALID_NAMESPACE',
          message,
          function_id: functionId,
        })
      }
    }
    return functionId.startsWith('engine::') ? undefined : this.namespace
  }
}

function invalid(function_id: string, message: string): InvocationError {
  return new InvocationError({ code: 'INVALID_ARGUMENTS', message, function_id })
}
