/** Server-sent events, as `EventSource` of browsers reads them. */

/** One event. */
export interface ServerSentEvent {
  /** A text, which may have several lines; anything else is sent as JSON. */
  data: unknown
  /** A name that pages can listen for; without one it is `message`. */
  event?: string
  /** What a reader that comes back brings as the header `last-event-id`. */
  id?: string
  /** After how long a reader comes back when the stream has ended. */
  retryMs?: number
}

/** Where events are written to. */
export interface EventSink {
  write(data: Uint8Array): Promise<void>
  close(): Promise<void>
}

/** What the answer says before the first event. */
export const EVENT_HEADERS = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-cache',
  // Proxies that collect answers before they pass them on leave this one alone.
  'x-accel-buffering': 'no',
}

const UTF8 = new TextEncoder()

/**
 * An answer of server-sent events. Writing waits while the client is slow, and rejects when it has
 * left.
 *
 * @example
 * ```ts
 * import { http, registerWorker } from 'iii-kit'
 * const iii = registerWorker('ws://localhost:49134', { workerName: 'shop' })
 * iii.registerFunction('shop::progress', http(async (_request, response) => {
 *   const events = await response.events()
 *   for (const percent of [0, 50, 100]) await events.send({ event: 'progress', data: { percent } })
 *   await events.close()
 * }))
 * ```
 */
export class EventStream {
  readonly #sink: EventSink

  /** @internal */
  constructor(sink: EventSink) {
    this.#sink = sink
  }

  /** Sends an event. */
  send(event: ServerSentEvent): Promise<void> {
    return this.#sink.write(UTF8.encode(encodeEvent(event)))
  }

  /** Tells the client, and proxies on the way, that the stream is there. */
  keepAlive(): Promise<void> {
    return this.#sink.write(UTF8.encode(':\n\n'))
  }

  /** Ends the answer. Browsers come back after that, so say in an event that it was all. */
  close(): Promise<void> {
    return this.#sink.close()
  }
}

/** An event as it is written. */
export function encodeEvent({ data, event, id, retryMs }: ServerSentEvent): string {
  let text = ''
  if (event !== undefined) text += `event: ${oneLine(event)}\n`
  if (id !== undefined) text += `id: ${oneLine(id)}\n`
  if (retryMs !== undefined) text += `retry: ${Math.round(retryMs)}\n`
  const body = typeof data === 'string' ? data : (JSON.stringify(data) ?? '')
  // Every kind of line end would end the field.
  for (const line of body.split(/\r\n|\r|\n/)) text += `data: ${line}\n`
  return `${text}\n`
}

/** A field that ends at the first line end, or a null, would hide what follows. */
function oneLine(text: string): string {
  return text.replaceAll(/[\r\n\0]/g, ' ')
}
