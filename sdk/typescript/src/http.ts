/** HTTP requests as functions see them, and answers in parts. */

import type { ChannelReader } from './channel/reader.ts'
import type { ChannelWriter } from './channel/writer.ts'
import type { Context } from './context.ts'
import { EVENT_HEADERS, EventStream } from './events.ts'

export { EventStream, type ServerSentEvent } from './events.ts'
export type { HttpAuthConfig, HttpInvocationConfig, HttpMethod } from './http_invocation.ts'

/** A request, as a function bound to an `http` trigger is given it. */
export interface HttpRequest<Body = unknown, Reader = ChannelReader> {
  path_params: Record<string, string>
  query_params: Record<string, string | string[]>
  /** Parsed JSON, where the request says that it is JSON. */
  body: Body
  headers: Record<string, string | string[]>
  method: string
  /** The route. */
  path?: string
  /** The raw body. */
  request_body: Reader
}

/** An answer given at once. */
export interface HttpResponse<Status extends number = number, Body = unknown> {
  status_code?: Status
  headers?: Record<string, string>
  body?: Body
}

/** A request in front of an answer that is given in parts. */
export type HttpStreamRequest<Body = unknown, Reader = ChannelReader> = HttpRequest<Body, Reader>

/** An answer that is given in parts: status and headers first. */
export interface HttpStreamResponse<Stream = WritableStream<Uint8Array>> {
  status(code: number): void
  headers(headers: Record<string, string>): void
  /** The body. */
  readonly stream: Stream
  /** Makes it an answer of server-sent events. The client sees it begin at once. */
  events(): Promise<EventStream>
  /** Ends the answer. */
  close(): void
}

// biome-ignore lint/suspicious/noConfusingVoidType: handlers that answer in parts return nothing
type Answer = HttpResponse | undefined | null | void

/** {@link http}. */
export type Http<Reader, Stream> = <Body = unknown>(
  handler: (
    request: HttpStreamRequest<Body, Reader>,
    response: HttpStreamResponse<Stream>,
    context: Context,
  ) => Promise<Answer> | Answer,
) => (
  request: HttpRequest<Body, Reader>,
  second?: unknown,
  third?: unknown,
) => Promise<Answer> | Answer

/** What an answer is written with, until its status and headers are known. */
class Response<Writer extends ChannelWriter, Stream> implements HttpStreamResponse<Stream> {
  readonly #writer: () => Writer
  readonly #streamOf: (writer: Writer) => Stream

  constructor(writer: () => Writer, streamOf: (writer: Writer) => Stream) {
    this.#writer = writer
    this.#streamOf = streamOf
  }

  status = (code: number): void => {
    const message = JSON.stringify({ type: 'set_status', status_code: code })
    void this.#writer().sendMessage(message)
  }

  headers = (headers: Record<string, string>): void => {
    void this.#writer().sendMessage(JSON.stringify({ type: 'set_headers', headers }))
  }

  get stream(): Stream {
    return this.#streamOf(this.#writer())
  }

  events = async (): Promise<EventStream> => {
    this.status(200)
    this.headers(EVENT_HEADERS)
    const events = new EventStream(this.#writer())
    await events.keepAlive()
    return events
  }

  close = (): void => {
    // Whether the client still listens is not for the handler to know.
    this.#writer()
      .close()
      .catch(() => undefined)
  }
}

/** Makes the helper of a platform; `streamOf` says what its streams are. */
export function httpWith<Reader extends ChannelReader, Writer extends ChannelWriter, Stream>(
  streamOf: (writer: Writer) => Stream,
): Http<Reader, Stream> {
  return (handler) => (request, second, third) => {
    // The writer counts as used once it is looked at, so it is left alone until then.
    const { response: writer, ...fields } = Object.getOwnPropertyDescriptors(
      request as typeof request & { response: Writer },
    )
    const bare = Object.defineProperties({}, fields) as typeof request
    const open = () =>
      (writer.get === undefined ? writer.value : writer.get.call(request)) as Writer
    const context = (isContext(second) ? second : third) as Context
    return handler(bare, new Response(open, streamOf), context)
  }
}

function isContext(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'invocationId' in value
}

/**
 * Turns a handler with a request and a response into a function: status and headers first, then the
 * body in parts. It may also return the whole answer.
 *
 * @example
 * ```ts
 * import { http, registerWorker } from 'iii-kit'
 * const iii = registerWorker('ws://localhost:49134', { workerName: 'shop' })
 * iii.registerFunction('shop::hello', http(async (request) => {
 *   return { status_code: 200, body: { hello: request.query_params.name } }
 * }))
 * const config = { api_path: '/hello', http_method: 'GET' }
 * iii.registerTrigger({ type: 'http', function_id: 'shop::hello', config })
 * ```
 */
export const http: Http<ChannelReader, WritableStream<Uint8Array>> = httpWith(
  (writer: ChannelWriter) => writer.writable,
)
