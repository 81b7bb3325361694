/** A span that is collected. */

import type { Span, SpanContext } from '../otel/api.ts'
import { type Attributes, attributes, nanoseconds } from './otlp.ts'

const ATTRIBUTES_MAX = 128
const EVENTS_MAX = 128
const LINKS_MAX = 128

/** A moment, as OpenTelemetry's API takes it. */
export type TimeInput = number | Date | readonly [number, number]

/** A span elsewhere that this one has to do with. */
export interface Link {
  readonly context: SpanContext
  readonly attributes?: Attributes
}

/** How a span is made. */
export interface SpanParts {
  readonly name: string
  readonly identity: SpanContext
  readonly parentSpanId: string | undefined
  readonly kind: number
  readonly startMs: number
  /** Milliseconds since 1970. */
  readonly wall: () => number
  /** Takes the span, in OTLP, once it has ended. */
  readonly ended: (span: object) => void
}

export class RecordingSpan implements Span {
  readonly #parts: SpanParts
  readonly #attributes = new Map<string, unknown>()
  readonly #events: object[] = []
  readonly #links: object[] = []
  #name: string
  #status: { code: number; message?: string } = { code: 0 }
  #over = false
  #dropped = { attributes: 0, events: 0, links: 0 }

  constructor(parts: SpanParts) {
    this.#parts = parts
    this.#name = parts.name
  }

  spanContext(): SpanContext {
    return this.#parts.identity
  }

  isRecording(): boolean {
    return !this.#over
  }

  setAttribute(key: string, value: unknown): this {
    if (this.#over) return this
    const room = this.#attributes.size < ATTRIBUTES_MAX || this.#attributes.has(key)
    if (room) this.#attributes.set(key, value)
    else this.#dropped.attributes += 1
    return this
  }

  setAttributes(values: Attributes): this {
    for (const [key, value] of Object.entries(values)) this.setAttribute(key, value)
    return this
  }

  addEvent(name: string, given?: Attributes | TimeInput, at?: TimeInput): this {
    if (this.#over) return this
    if (this.#events.length >= EVENTS_MAX) {
      this.#dropped.events += 1
      return this
    }
    const [about, time] = isTime(given) ? [{}, given] : [given ?? {}, at]
    const timeUnixNano = nanoseconds(this.#ms(time))
    this.#events.push({ timeUnixNano, name, attributes: attributes(about) })
    return this
  }

  addLink({ context, attributes: about = {} }: Link): this {
    if (this.#over) return this
    if (this.#links.length >= LINKS_MAX) this.#dropped.links += 1
    else {
      const { traceId, spanId } = context
      this.#links.push({ traceId, spanId, attributes: attributes(about) })
    }
    return this
  }

  addLinks(links: readonly Link[]): this {
    for (const link of links) this.addLink(link)
    return this
  }

  setStatus(status: { code: number; message?: string }): this {
    // What is called right by somebody who looked at it stays so.
    if (!this.#over && this.#status.code !== 1) this.#status = { ...status }
    return this
  }

  updateName(name: string): this {
    if (!this.#over) this.#name = name
    return this
  }

  recordException(exception: unknown, time?: TimeInput): void {
    const error = exception instanceof Error ? exception : new Error(String(exception))
    const about = {
      'exception.type': error.name,
      'exception.message': error.message,
      'exception.stacktrace': error.stack,
    }
    this.addEvent('exception', about, time)
  }

  end(time?: TimeInput): void {
    if (this.#over) return
    const { identity, parentSpanId, kind, startMs, ended } = this.#parts
    const endMs = Math.max(this.#ms(time), startMs)
    this.#over = true
    ended({
      traceId: identity.traceId,
      spanId: identity.spanId,
      traceState: identity.traceState?.serialize(),
      parentSpanId,
      name: this.#name,
      // The API counts from 0, the wire from 1.
      kind: kind + 1,
      startTimeUnixNano: nanoseconds(startMs),
      endTimeUnixNano: nanoseconds(endMs),
      attributes: attributes(Object.fromEntries(this.#attributes)),
      droppedAttributesCount: this.#dropped.attributes || undefined,
      events: this.#events,
      droppedEventsCount: this.#dropped.events || undefined,
      links: this.#links,
      droppedLinksCount: this.#dropped.links || undefined,
      status: this.#status,
      flags: identity.traceFlags,
    })
  }

  #ms(time: TimeInput | undefined): number {
    return time === undefined ? this.#parts.wall() : milliseconds(time)
  }
}

function isTime(value: Attributes | TimeInput | undefined): value is TimeInput {
  return typeof value === 'number' || value instanceof Date || Array.isArray(value)
}

/** A moment in milliseconds since 1970. Small numbers are those of `performance.now()`. */
export function milliseconds(time: TimeInput): number {
  if (time instanceof Date) return time.getTime()
  if (typeof time !== 'number') return time[0] * 1000 + time[1] / 1e6
  return time < performance.timeOrigin ? performance.timeOrigin + time : time
}
