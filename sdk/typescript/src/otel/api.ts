/**
 * OpenTelemetry, if the program has set it up: found through the global by which all copies of its
 * API package find each other, so that this package needs none. Where the program has set nothing
 * up, `initOtel` puts parts of this package in its place.
 */

const API = Symbol.for('opentelemetry.js.api.1')

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
  deleteValue(key: symbol): OtelContext
}

/** How a span begins. */
export interface SpanOptions {
  kind?: number
  attributes?: Record<string, unknown>
  /** It begins a trace, whatever is active. */
  root?: boolean
}

/** Makes spans. */
export interface Tracer {
  startSpan(name: string, options?: SpanOptions, context?: OtelContext): Span
}

/** Gives tracers. */
export interface TracerProvider {
  getTracer(name: string, version?: string): Tracer
}

/** Keeps a context while code runs. */
export interface ContextManager {
  active(): OtelContext
  with<A extends unknown[], T>(
    context: OtelContext,
    work: (...args: A) => T,
    self?: unknown,
    ...args: A
  ): T
}

/** What of the API is used here. */
export interface Api {
  trace?: TracerProvider
  metrics?: { getMeter(name: string): unknown }
  context?: ContextManager
}

/** Kinds of spans, as the API numbers them. */
export const KIND = { internal: 0, server: 1, client: 2, producer: 3, consumer: 4 } as const

/** States of spans, as the API numbers them. */
export const STATUS = { unset: 0, ok: 1, error: 2 } as const

let own: Api | undefined

/** Parts for a program whose OpenTelemetry is not set up; `undefined` takes them back. */
export function useOwn(parts: Api | undefined): void {
  own = parts
}

/** The registered API, or what stands in its place, if either is there. */
export function otel(): Api | undefined {
  const registered = (globalThis as { [API]?: Api })[API]
  if (registered === undefined) return own
  if (own === undefined || registered.trace !== undefined) return registered
  return { ...own, ...registered }
}

/** The API as the program registered it. */
export function registeredApi(): Api | undefined {
  return (globalThis as { [API]?: Api })[API]
}

/** A tracer, where there is one. */
export function tracer(): Tracer | undefined {
  return otel()?.trace?.getTracer('iii-kit')
}
