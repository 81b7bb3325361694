/**
 * OpenTelemetry, if the program has set it up: found through the global that its API package uses,
 * so that this package needs no dependency and works with any version of it.
 */

import type { TraceContext } from './trace.ts'

const API = Symbol.for('opentelemetry.js.api.1')
const SPAN = Symbol.for('OpenTelemetry Context Key SPAN')
const KIND_INTERNAL = 0
const STATUS_ERROR = 2

/** What a span says about itself. */
export interface SpanContext {
  traceId: string
  spanId: string
  traceFlags: number
  isRemote?: boolean
  traceState?: { serialize(): string }
}

/** The part of a span that is used here; spans of any OpenTelemetry SDK have it. */
export interface Span {
  spanContext(): SpanContext
  isRecording(): boolean
  setAttribute(key: string, value: unknown): unknown
  addEvent(name: string, attributes?: Record<string, unknown>): unknown
  recordException(error: unknown): void
  setStatus(status: { code: number; message?: string }): unknown
  end(): void
}

/** A context of OpenTelemetry. */
export interface OtelContext {
  getValue(key: symbol): unknown
  setValue(key: symbol, value: unknown): OtelContext
}

/** Makes spans. */
export interface Tracer {
  startSpan(name: string, options?: { kind?: number }, context?: OtelContext): Span
}

interface Api {
  trace?: { getTracer(name: string, version?: string): Tracer }
  metrics?: { getMeter(name: string): unknown }
  context?: {
    active(): OtelContext
    with<T>(context: OtelContext, work: () => T): T
  }
  propagation?: {
    inject(context: OtelContext, carrier: TraceContext, setter: typeof SETTER): void
    extract(context: OtelContext, carrier: TraceContext, getter: typeof GETTER): OtelContext
  }
}

const SETTER = {
  set(carrier: TraceContext, key: string, value: string): void {
    carrier[key as keyof TraceContext] = value
  },
}
const GETTER = {
  keys: (carrier: TraceContext) => Object.keys(carrier),
  get: (carrier: TraceContext, key: string) => carrier[key as keyof TraceContext],
}

/** The registered API, if any. */
export function otel(): Api | undefined {
  return (globalThis as { [API]?: Api })[API]
}

/** The span that is active here. */
export function activeSpan(): Span | undefined {
  return otel()?.context?.active().getValue(SPAN) as Span | undefined
}

/** The trace context of the active span, for the wire. */
export function activeTrace(): TraceContext | undefined {
  const api = otel()
  if (api?.context === undefined) return undefined
  const active = api.context.active()
  const carrier: TraceContext = {}
  api.propagation?.inject(active, carrier, SETTER)
  if (carrier.traceparent !== undefined) return carrier
  const span = (active.getValue(SPAN) as Span | undefined)?.spanContext()
  if (span === undefined || /^0*$/.test(span.traceId)) return undefined
  const flags = span.traceFlags.toString(16).padStart(2, '0')
  carrier.traceparent = `00-${span.traceId}-${span.spanId}-${flags}`
  const state = span.traceState?.serialize()
  if (state) carrier.tracestate = state
  return carrier
}

/** A tracer of the program's OpenTelemetry. */
export function tracer(): Tracer | undefined {
  return otel()?.trace?.getTracer('iii-kit')
}

/** Runs `work` in a span below `parent`, where the program has set OpenTelemetry up. */
export function inSpan<T>(name: string, parent: TraceContext | undefined, work: () => T): T {
  return inSpanOf(name, { kind: KIND_INTERNAL }, parent, work)
}

/** {@link inSpan} with a kind, and with the span handed on. */
export function inSpanOf<T>(
  name: string,
  options: { kind?: number },
  parent: TraceContext | undefined,
  work: (span: Span | undefined) => T,
): T {
  const api = otel()
  const spans = tracer()
  if (api?.context === undefined || spans === undefined) return work(undefined)
  const below = parent === undefined ? api.context.active() : remote(api, parent)
  const span = spans.startSpan(name, options, below)
  return api.context.with(below.setValue(SPAN, span), () => ended(span, () => work(span)))
}

/** Ends the span when the work has ended, in time or later. */
function ended<T>(span: Span, work: () => T): T {
  let result: T
  try {
    result = work()
  } catch (error) {
    failed(span, error)
    throw error
  }
  if (result instanceof Promise) {
    result.then(
      () => span.end(),
      (error) => failed(span, error),
    )
  } else span.end()
  return result
}

function failed(span: Span, error: unknown): void {
  span.recordException(error)
  span.setStatus({ code: STATUS_ERROR, message: error instanceof Error ? error.message : '' })
  span.end()
}

/** The context of a trace that came from elsewhere, where OpenTelemetry is set up. */
export function contextOf(trace: TraceContext): OtelContext | undefined {
  const api = otel()
  return api?.context === undefined ? undefined : remote(api, trace)
}

function remote(api: Api, trace: TraceContext): OtelContext {
  const active = (api.context as NonNullable<Api['context']>).active()
  const extracted = api.propagation?.extract(active, trace, GETTER) ?? active
  if (extracted !== active || trace.traceparent === undefined) return extracted
  const [, traceId = '', spanId = '', flags = '01'] = trace.traceparent.split('-')
  const context: SpanContext = {
    traceId,
    spanId,
    traceFlags: Number.parseInt(flags, 16) & 1,
    isRemote: true,
  }
  return active.setValue(SPAN, remoteSpan(context))
}

/** A span that is somewhere else: it has an identity and records nothing. */
function remoteSpan(context: SpanContext): Span {
  const span: Span = {
    spanContext: () => context,
    isRecording: () => false,
    setAttribute: () => span,
    addEvent: () => span,
    recordException: () => undefined,
    setStatus: () => span,
    end: () => undefined,
  }
  return span
}
