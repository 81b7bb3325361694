/**
 * Traces and logs. Spans are those of the program's OpenTelemetry where it has set one up, or of
 * this package's own tracer after `initOtel`; without either trace context still travels with
 * calls, and spans have an identity but go nowhere.
 *
 * @module
 */

import { type Span, STATUS } from './otel/api.ts'
import { activeSpan, SilentSpan } from './otel/context.ts'
import { inSpan } from './otel/spans.ts'
import { currentScope, inScope } from './scope.ts'
import { childOf, spanIdOf, type TraceContext, traceHere, traceIdOf } from './trace.ts'

export {
  executeTracedRequest,
  patchGlobalFetch,
  type TracedFetchInit,
  unpatchGlobalFetch,
} from './fetch.ts'
export { Logger } from './logger.ts'
export type { OtelConfig } from './options.ts'
export {
  activeOtelContext,
  extractBaggage,
  extractContext,
  extractTraceparent,
  getLogger,
  getMeter,
  getTracer,
} from './otel/access.ts'
export type { OtelContext, Span, SpanContext, Tracer } from './otel/api.ts'
export {
  BaggageSpanProcessor,
  getAllBaggage,
  getBaggageEntry,
  injectBaggage,
  removeBaggageEntry,
  setBaggageEntry,
} from './otel/baggage_access.ts'
export {
  REDACTED_PLACEHOLDER,
  redact,
  redactAndTruncate,
  resolveMaxBytesFromEnv,
  safeStringify,
} from './redact.ts'

export { EngineSpanExporter } from './telemetry/exporter.ts'
export {
  droppedTelemetry,
  flushOtel,
  initOtel,
  shutdownOtel,
} from './telemetry/exporting.ts'
export type { WorkerMetrics } from './telemetry/metrics.ts'

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
  return traceHere(currentScope()?.trace)
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
  return inSpan(name, { kind }, given, (span) => {
    if (span !== undefined) return work(span)
    const scope = currentScope()
    const trace = childOf(given ?? scope?.trace)
    return inScope({ trace, invocation: scope?.invocation }, () => work(silentSpan(trace)))
  })
}

/** A span that nobody collects: an identity. */
function silentSpan(trace: TraceContext): Span {
  return new SilentSpan({
    traceId: traceIdOf(trace) ?? '',
    spanId: spanIdOf(trace) ?? '',
    traceFlags: 1,
  })
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
  activeSpan()?.setStatus({ code: STATUS.error, message })
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
