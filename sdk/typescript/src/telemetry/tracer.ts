/** A tracer for programs that have none: its spans go to the engine. */

import type { OtelContext, Span, SpanContext, SpanOptions, TracerProvider } from '../otel/api.ts'
import { otel } from '../otel/api.ts'
import { activeContext, SilentSpan, SPAN } from '../otel/context.ts'
import { newSpanId, newTraceId } from '../trace.ts'
import type { Attributes } from './otlp.ts'
import { type Link, milliseconds, RecordingSpan, type TimeInput } from './span.ts'
import type { Telemetry } from './telemetry.ts'

const SAMPLED = 1

interface Options extends SpanOptions {
  links?: readonly Link[]
  startTime?: TimeInput
}

type Work = (span: Span) => unknown

/** Makes spans for whatever telemetry is there when they end. */
export class EngineTracer {
  readonly #telemetry: () => Telemetry | undefined
  readonly #about: Attributes

  constructor(telemetry: () => Telemetry | undefined, about: Attributes) {
    this.#telemetry = telemetry
    this.#about = about
  }

  startSpan(name: string, options: Options = {}, context: OtelContext = activeContext()): Span {
    const parent = options.root
      ? undefined
      : (context.getValue(SPAN) as Span | undefined)?.spanContext()
    const identity: SpanContext = {
      traceId: parent?.traceId ?? newTraceId(),
      spanId: newSpanId(),
      traceFlags: parent?.traceFlags ?? SAMPLED,
    }
    if (parent?.traceState !== undefined) identity.traceState = parent.traceState
    // Whoever began the trace has decided.
    if ((identity.traceFlags & SAMPLED) === 0) return new SilentSpan(identity)
    const { kind = 0, startTime, attributes = {}, links = [] } = options
    const span = new RecordingSpan({
      name,
      identity,
      parentSpanId: parent?.spanId,
      kind,
      startMs: startTime === undefined ? wall() : milliseconds(startTime),
      wall,
      ended: (item) => this.#telemetry()?.take('OTLP', item),
    })
    return span.setAttributes(this.#about).setAttributes(attributes).addLinks(links)
  }

  startActiveSpan(name: string, ...more: [...unknown[], Work]): unknown {
    const work = more[more.length - 1] as Work
    const [options, given] = more.slice(0, -1) as [Options?, OtelContext?]
    const below = given ?? activeContext()
    const span = this.startSpan(name, options, below)
    const manager = otel()?.context
    if (manager === undefined) return work(span)
    return manager.with(below.setValue(SPAN, span), () => work(span))
  }
}

/** Gives a tracer to every library that asks for one. */
export function engineTracers(telemetry: () => Telemetry | undefined): TracerProvider {
  return {
    getTracer: (library, version) => {
      const about: Attributes = { 'otel.scope.name': library, 'otel.scope.version': version }
      return new EngineTracer(telemetry, about)
    },
  }
}

/** Finer than `Date.now()`: spans may be shorter than a millisecond. */
function wall(): number {
  return performance.timeOrigin + performance.now()
}
