/** Log lines, spans and metrics on their way to the engine: collected, and sent in batches. */

import type { Clock, Timer } from '../clock.ts'
import type { LogLine } from '../logger.ts'
import {
  type Attributes,
  attributes,
  type FrameKind,
  frameOf,
  nanoseconds,
  SEVERITY,
} from './otlp.ts'

const ITEMS_PER_FRAME_MAX = 256
const ITEM_UNITS_MAX = 256 * 1024

/** Hands a frame to a connection; `false` when it cannot go now. */
export type SendFrame = (frame: Uint8Array) => boolean

/** What telemetry is made of. */
export interface TelemetryParts {
  readonly resource: Attributes
  readonly itemsMax: number
  readonly unitsMax: number
  readonly flushMs: number
  readonly clock: Clock
  readonly send: SendFrame
  /** Whether log lines are taken. */
  readonly logs: boolean
}

interface Item {
  readonly kind: FrameKind
  readonly text: string
}

/**
 * Bounded: when the engine is away for long the oldest items go, and are counted. Nothing here
 * waits, and nothing throws.
 */
export class Telemetry {
  /** Items that were given up. */
  dropped = 0
  readonly #parts: TelemetryParts
  readonly #resource: string
  #items: Item[] = []
  #units = 0
  #timer: Timer | undefined

  constructor(parts: TelemetryParts) {
    this.#parts = parts
    this.#resource = JSON.stringify({ attributes: attributes(parts.resource) })
  }

  /** Items that were not sent yet. */
  get size(): number {
    return this.#items.length
  }

  /** Takes a log line. */
  log(line: LogLine): void {
    if (!this.#parts.logs) return
    const now = nanoseconds(this.#parts.clock.wall())
    this.take('LOGS', {
      timeUnixNano: now,
      observedTimeUnixNano: now,
      severityNumber: SEVERITY[line.level],
      severityText: line.level.toUpperCase(),
      body: { stringValue: line.message },
      attributes: attributes({
        function_id: line.function_id,
        'service.name': line.service,
        'log.data': line.data,
      }),
      traceId: line.trace_id,
      spanId: line.span_id,
    })
  }

  /** Takes an item in the form of OTLP. */
  take(kind: FrameKind, item: object): void {
    let text: string
    try {
      text = JSON.stringify(item)
    } catch {
      this.dropped += 1
      return
    }
    if (text.length > ITEM_UNITS_MAX) {
      this.dropped += 1
      return
    }
    this.#items.push({ kind, text })
    this.#units += text.length
    this.#shed()
    this.#timer ??= this.#parts.clock.after(this.#parts.flushMs, () => this.flush())
  }

  #shed(): void {
    const { itemsMax, unitsMax } = this.#parts
    let gone = 0
    while (this.#items.length - gone > itemsMax || this.#units > unitsMax) {
      this.#units -= (this.#items[gone] as Item).text.length
      gone += 1
    }
    if (gone === 0) return
    this.dropped += gone
    this.#items.splice(0, gone)
  }

  /** Sends what there is; what cannot be sent now stays. Whether everything went. */
  flush(): boolean {
    this.#timer?.cancel()
    this.#timer = undefined
    while (this.#items.length > 0) {
      const kind = (this.#items[0] as Item).kind
      let count = 1
      while (count < ITEMS_PER_FRAME_MAX && this.#items[count]?.kind === kind) count += 1
      const texts = this.#items.slice(0, count).map(({ text }) => text)
      if (!this.#parts.send(frameOf(kind, this.#resource, texts))) return false
      this.#items.splice(0, count)
      for (const text of texts) this.#units -= text.length
    }
    return true
  }

  /** Nothing more is sent. */
  close(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    this.dropped += this.#items.length
    this.#items = []
    this.#units = 0
  }
}
