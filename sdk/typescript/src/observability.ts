/**
 * Traces and logs. Spans are those of the program's OpenTelemetry where it has set one up; without
 * it trace context still travels with calls, and spans have an identity but go nowhere.
 *
 * @module
 */

import type { OtelConfig } from './options.ts'
import { activeSpan, activeTrace, inSpanOf, otel, type Span } from './otel.ts'
import { currentScope, inScope } from './scope.ts'
import { childOf, spanIdOf, type TraceContext, traceIdOf } from './trace.ts'

export { Logger } from './logger.ts'
export type { OtelConfig } from './options.ts'
export type { Span } from './otel.ts'
export {
  activeOtelContext,
  extractBaggage,
  extractContext,
  extractTraceparent,
  getLogger,
  getMeter,
  getTracer,
} from './otel_access.ts'
export {
  REDACTED_PLACEHOLDER,
  redact,
  redactAndTruncate,
  resolveMaxBytesFromEnv,
  safeStringify,
} from './redact.ts'

/**
 * How serious a log record is, in OpenTelemetry's numbers.
 *
 * @example
 * ```ts
 * import { SeverityNumber } from 'iii-kit/observability'
 * SeverityNumber.WARN // 13
 * ```
 */
export const SeverityNumber = {
  UNSPECIFIED: 0,
  TRACE: 1,
  DEBUG: 5,
  INFO: 9,
  WARN: 13,
  ERROR: 17,
  FATAL: 21,
} as const

function currentTrace(): TraceContext | undefined {
  return activeTrace() ?? currentScope()?.trace
}

/**
 * Runs `work` in a span; calls made in it belong to its trace.
 *
 * @example
 * ```ts
 * import { registerWorker } from 'iii-kit'
 * import { withSpan } from 'iii-kit/observability'
 * const iii = registerWorker('ws://localhost:49134')
 * await withSpan('nightly', {}, () => iii.trigger({ function_id: 'reports::make' }))
 * ```
 */
export function withSpan<T>(
  name: string,
  options: { kind?: number; traceparent?: string },
  work: (span: Span) => Promise<T>,
): Promise<T> {
  const { traceparent, kind } = options
  const given = traceparent === undefined ? undefined : { traceparent }
  return inSpanOf(name, { kind }, given, (span) => {
    if (span !== undefined) return work(span)
    const scope = currentScope()
    const trace = childOf(given ?? scope?.trace)
    return inScope({ trace, invocation: scope?.invocation }, () => work(ownSpan(trace)))
  })
}

/** A span without an OpenTelemetry behind it: an identity. */
function ownSpan(trace: TraceContext): Span {
  const identity = {
    traceId: traceIdOf(trace) ?? '',
    spanId: spanIdOf(trace) ?? '',
    traceFlags: 1,
  }
  const span: Span = {
    spanContext: () => identity,
    isRecording: () => false,
    setAttribute: () => span,
    addEvent: () => span,
    recordException: () => undefined,
    setStatus: () => span,
    end: () => undefined,
  }
  return span
}

/**
 * The id of the trace that is active here.
 *
 * @example
 * ```ts
 * import { currentTraceId } from 'iii-kit/observability'
 * console.error(currentTraceId())
 * ```
 */
export function currentTraceId(): string | undefined {
  return traceIdOf(currentTrace())
}

/**
 * The id of the span that is active here.
 *
 * @example
 * ```ts
 * import { currentSpanId, withSpan } from 'iii-kit/observability'
 * await withSpan('nightly', {}, async () => currentSpanId())
 * ```
 */
export function currentSpanId(): string | undefined {
  return spanIdOf(currentTrace())
}

/**
 * Whether a span is active here that somebody collects.
 *
 * @example
 * ```ts
 * import { currentSpanIsRecording, setCurrentSpanAttribute } from 'iii-kit/observability'
 * if (currentSpanIsRecording()) setCurrentSpanAttribute('lines', 1000)
 * ```
 */
export function currentSpanIsRecording(): boolean {
  return activeSpan()?.isRecording() ?? false
}

/**
 * Sets an attribute of the active span, if one is collected.
 *
 * @example
 * ```ts
 * import { setCurrentSpanAttribute } from 'iii-kit/observability'
 * setCurrentSpanAttribute('order.id', '7')
 * ```
 */
export function setCurrentSpanAttribute(key: string, value: unknown): void {
  activeSpan()?.setAttribute(key, value)
}

/**
 * Marks the active span as failed.
 *
 * @example
 * ```ts
 * import { setCurrentSpanError } from 'iii-kit/observability'
 * setCurrentSpanError('no bolts left')
 * ```
 */
export function setCurrentSpanError(message: string): void {
  activeSpan()?.setStatus({ code: 2, message })
}

/**
 * Adds an event to the active span, if one is collected.
 *
 * @example
 * ```ts
 * import { recordSpanEvent } from 'iii-kit/observability'
 * recordSpanEvent('order.checked', { lines: 3 })
 * ```
 */
export function recordSpanEvent(name: string, attributes?: Record<string, unknown>): void {
  activeSpan()?.addEvent(name, attributes)
}

/**
 * The W3C `traceparent` of what is active here.
 *
 * @example
 * ```ts
 * import { injectTraceparent } from 'iii-kit/observability'
 * const headers = { traceparent: injectTraceparent() ?? '' }
 * ```
 */
export function injectTraceparent(): string | undefined {
  return currentTrace()?.traceparent
}

/**
 * The W3C `baggage` of what is active here.
 *
 * @example
 * ```ts
 * import { injectBaggage } from 'iii-kit/observability'
 * const headers = { baggage: injectBaggage() ?? '' }
 * ```
 */
export function injectBaggage(): string | undefined {
  return currentTrace()?.baggage
}

/**
 * The entries of the baggage that is active here.
 *
 * @example
 * ```ts
 * import { getAllBaggage } from 'iii-kit/observability'
 * const { tenant } = getAllBaggage()
 * ```
 */
export function getAllBaggage(): Record<string, string> {
  const entries: Record<string, string> = {}
  for (const entry of (injectBaggage() ?? '').split(',')) {
    const [pair = ''] = entry.split(';')
    const at = pair.indexOf('=')
    if (at <= 0) continue
    const value = pair.slice(at + 1).trim()
    try {
      entries[pair.slice(0, at).trim()] = decodeURIComponent(value)
    } catch {
      entries[pair.slice(0, at).trim()] = value
    }
  }
  return entries
}

/**
 * One entry of the baggage that is active here.
 *
 * @example
 * ```ts
 * import { getBaggageEntry } from 'iii-kit/observability'
 * const tenant = getBaggageEntry('tenant')
 * ```
 */
export function getBaggageEntry(key: string): string | undefined {
  return getAllBaggage()[key]
}

/**
 * Accepted for programs of the published package. This package brings no OpenTelemetry of its own:
 * it uses what the program registers with the API package.
 *
 * @example
 * ```ts
 * import { initOtel } from 'iii-kit/observability'
 * initOtel({ serviceName: 'orders' })
 * ```
 */
export function initOtel(_config?: OtelConfig): void {}

/**
 * Accepted for programs of the published package; the program's OpenTelemetry is its own.
 *
 * @example
 * ```ts
 * import { shutdownOtel } from 'iii-kit/observability'
 * await shutdownOtel()
 * ```
 */
export async function shutdownOtel(): Promise<void> {}

/**
 * Flushes the program's OpenTelemetry, where it can be flushed.
 *
 * @example
 * ```ts
 * import { flushOtel } from 'iii-kit/observability'
 * await flushOtel()
 * ```
 */
export async function flushOtel(): Promise<void> {
  const provider = otel()?.trace as { getDelegate?: () => unknown } | undefined
  const flushable = (provider?.getDelegate?.() ?? provider) as
    | { forceFlush?: () => Promise<void> }
    | undefined
  await flushable?.forceFlush?.()
}

/**
 * `fetch` with the trace context of what is active here.
 *
 * @example
 * ```ts
 * import { executeTracedRequest } from 'iii-kit/observability'
 * const answer = await executeTracedRequest('http://localhost:3111/orders')
 * ```
 */
export function executeTracedRequest(
  input: RequestInfo | URL,
  init?: RequestInit,
): Promise<Response> {
  const request = new Request(input, init)
  const trace = currentTrace()
  for (const key of ['traceparent', 'tracestate', 'baggage'] as const) {
    const value = trace?.[key]
    if (value !== undefined && !request.headers.has(key)) request.headers.set(key, value)
  }
  return (plainFetch ?? fetch)(request)
}

let plainFetch: typeof fetch | undefined

/**
 * Lets every `fetch` carry the trace context of what is active where it is called.
 *
 * @example
 * ```ts
 * import { patchGlobalFetch } from 'iii-kit/observability'
 * patchGlobalFetch()
 * ```
 */
export function patchGlobalFetch(_tracer?: unknown): void {
  if (plainFetch !== undefined) return
  plainFetch = globalThis.fetch
  globalThis.fetch = (input, init) => executeTracedRequest(input, init)
}

/**
 * Takes {@link patchGlobalFetch} back.
 *
 * @example
 * ```ts
 * import { unpatchGlobalFetch } from 'iii-kit/observability'
 * unpatchGlobalFetch()
 * ```
 */
export function unpatchGlobalFetch(): void {
  if (plainFetch !== undefined) globalThis.fetch = plainFetch
  plainFetch = undefined
}
