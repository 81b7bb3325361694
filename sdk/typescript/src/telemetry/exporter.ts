/** Spans that an OpenTelemetry SDK of the program collects, sent to the engine. */

import type { SpanContext } from '../otel/api.ts'
import { telemetryHere } from './live.ts'
import { type Attributes, attributes } from './otlp.ts'

type HrTime = readonly [number, number]

/** What is read of a span of any version of the SDK. */
export interface ReadableSpan {
  readonly name: string
  readonly kind: number
  spanContext(): SpanContext
  /** Version 2 of the SDK. */
  readonly parentSpanContext?: SpanContext
  /** Version 1 of the SDK. */
  readonly parentSpanId?: string
  readonly startTime: HrTime
  readonly endTime: HrTime
  readonly status: { code: number; message?: string }
  readonly attributes: Attributes
  readonly links: readonly { context: SpanContext; attributes?: Attributes }[]
  readonly events: readonly { name: string; time: HrTime; attributes?: Attributes }[]
}

/**
 * Sends the spans of the program's own OpenTelemetry SDK to the engine, by the connection of
 * `initOtel` or else of the newest client. Spans wait there, bounded, while the engine is away.
 *
 * @example
 * ```ts
 * import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node'
 * import { EngineSpanExporter } from 'iii-kit/observability'
 * const spanProcessors = [new BatchSpanProcessor(new EngineSpanExporter())]
 * new NodeTracerProvider({ spanProcessors }).register()
 * ```
 */
export class EngineSpanExporter {
  /** Takes spans; `code` 0 is success, 1 failure. */
  export(spans: readonly ReadableSpan[], done: (result: { code: number }) => void): void {
    const telemetry = telemetryHere()
    for (const span of spans) telemetry?.take('OTLP', otlp(span))
    done({ code: telemetry === undefined ? 1 : 0 })
  }

  /** Sends what waits. */
  async forceFlush(): Promise<void> {
    telemetryHere()?.flush()
  }

  /** {@link forceFlush}: the connection is not its own. */
  shutdown(): Promise<void> {
    return this.forceFlush()
  }
}

function otlp(span: ReadableSpan): object {
  const { traceId, spanId, traceFlags, traceState } = span.spanContext()
  return {
    traceId,
    spanId,
    traceState: traceState?.serialize(),
    parentSpanId: span.parentSpanContext?.spanId ?? span.parentSpanId,
    name: span.name,
    kind: span.kind + 1,
    startTimeUnixNano: nanos(span.startTime),
    endTimeUnixNano: nanos(span.endTime),
    attributes: attributes(span.attributes),
    events: span.events.map(({ name, time, attributes: about = {} }) => ({
      timeUnixNano: nanos(time),
      name,
      attributes: attributes(about),
    })),
    links: span.links.map(({ context, attributes: about = {} }) => ({
      traceId: context.traceId,
      spanId: context.spanId,
      attributes: attributes(about),
    })),
    status: span.status,
    flags: traceFlags,
  }
}

function nanos(time: HrTime): string {
  return `${time[0]}${String(time[1]).padStart(9, '0')}`
}
