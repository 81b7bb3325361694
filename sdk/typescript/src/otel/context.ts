/** Between the W3C texts of the wire and the contexts of OpenTelemetry. */

import type { TraceContext } from '../trace.ts'
import { type OtelContext, otel, type Span, type SpanContext } from './api.ts'
import { Baggage, formatBaggage } from './baggage.ts'

/** The keys under which the API package keeps its values. */
export const SPAN = Symbol.for('OpenTelemetry Context Key SPAN')
export const BAGGAGE = Symbol.for('OpenTelemetry Baggage Key')

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})/i
const ZEROS = /^0*$/

/** A context, for programs that have no manager of contexts. */
export class PlainContext implements OtelContext {
  static readonly ROOT = new PlainContext(new Map())
  readonly #values: ReadonlyMap<symbol, unknown>

  private constructor(values: ReadonlyMap<symbol, unknown>) {
    this.#values = values
  }

  getValue(key: symbol): unknown {
    return this.#values.get(key)
  }

  setValue(key: symbol, value: unknown): PlainContext {
    return new PlainContext(new Map(this.#values).set(key, value))
  }

  deleteValue(key: symbol): PlainContext {
    const values = new Map(this.#values)
    values.delete(key)
    return new PlainContext(values)
  }
}

/** The context that is active here. */
export function activeContext(): OtelContext {
  return otel()?.context?.active() ?? PlainContext.ROOT
}

/** The span that is active here. */
export function activeSpan(): Span | undefined {
  return otel()?.context?.active().getValue(SPAN) as Span | undefined
}

/** The W3C texts of the span that is active here, if one is. */
export function activeTrace(): TraceContext | undefined {
  const active = otel()?.context?.active()
  return active === undefined ? undefined : traceIn(active)
}

/** The baggage that is active here, by OpenTelemetry. */
export function activeBaggage(): string | undefined {
  const baggage = otel()?.context?.active().getValue(BAGGAGE) as Baggage | undefined
  return baggage === undefined ? undefined : formatBaggage(baggage)
}

/** The W3C texts of the span of a context. */
export function traceIn(context: OtelContext): TraceContext | undefined {
  const span = context.getValue(SPAN) as Span | undefined
  const baggage = context.getValue(BAGGAGE) as Baggage | undefined
  return span === undefined ? undefined : traceOfSpan(span, baggage && formatBaggage(baggage))
}

/** The W3C texts of a span; none for a span that is not valid. */
export function traceOfSpan(span: Span, baggage: string | undefined): TraceContext | undefined {
  const { traceId, spanId, traceFlags, traceState } = span.spanContext()
  if (ZEROS.test(traceId)) return undefined
  const flags = traceFlags.toString(16).padStart(2, '0')
  const tracestate = traceState?.serialize() || undefined
  return { traceparent: `00-${traceId}-${spanId}-${flags}`, tracestate, baggage }
}

/** A context below which spans belong to a trace that came from elsewhere. */
export function remoteContext(trace: TraceContext, around = activeContext()): OtelContext {
  let context = around
  const [, , traceId, spanId, flags] = TRACEPARENT.exec(trace.traceparent ?? '') ?? []
  if (traceId !== undefined && spanId !== undefined && flags !== undefined) {
    const identity: SpanContext = {
      traceId,
      spanId,
      traceFlags: Number.parseInt(flags, 16),
      isRemote: true,
    }
    if (trace.tracestate) identity.traceState = new TraceState(trace.tracestate)
    context = context.setValue(SPAN, new SilentSpan(identity))
  }
  if (trace.baggage) context = context.setValue(BAGGAGE, Baggage.parse(trace.baggage))
  return context
}

/** The state that vendors attach to a trace: passed on, and looked up. */
class TraceState {
  readonly #entries: ReadonlyMap<string, string>

  constructor(text: string | ReadonlyMap<string, string>) {
    this.#entries = typeof text === 'string' ? entriesOf(text) : text
  }

  get(key: string): string | undefined {
    return this.#entries.get(key)
  }

  set(key: string, value: string): TraceState {
    // What changed last stands first.
    return new TraceState(new Map([[key, value], ...this.unset(key).#entries]))
  }

  unset(key: string): TraceState {
    const entries = new Map(this.#entries)
    entries.delete(key)
    return new TraceState(entries)
  }

  serialize(): string {
    return [...this.#entries].map(([key, value]) => `${key}=${value}`).join(',')
  }
}

function entriesOf(text: string): Map<string, string> {
  const entries = new Map<string, string>()
  for (const entry of text.split(',')) {
    const at = entry.indexOf('=')
    if (at > 0) entries.set(entry.slice(0, at).trim(), entry.slice(at + 1).trim())
  }
  return entries
}

/** A span that has an identity and records nothing: it is elsewhere, or not collected. */
export class SilentSpan implements Span {
  readonly #identity: SpanContext

  constructor(identity: SpanContext) {
    this.#identity = identity
  }

  spanContext(): SpanContext {
    return this.#identity
  }

  isRecording(): boolean {
    return false
  }

  setAttribute(): this {
    return this
  }

  setAttributes(): this {
    return this
  }

  addEvent(): this {
    return this
  }

  addLink(): this {
    return this
  }

  addLinks(): this {
    return this
  }

  setStatus(): this {
    return this
  }

  updateName(): this {
    return this
  }

  recordException(): void {}

  end(): void {}
}
