/** The `http` helper with Node's streams. */

import type { Writable } from 'node:stream'
import { type Http, type HttpStreamRequest, type HttpStreamResponse, httpWith } from '../http.ts'
import type { NodeChannelReader, NodeChannelWriter } from './channel.ts'

export { EventStream, type ServerSentEvent } from '../events.ts'
export type {
  HttpAuthConfig,
  HttpInvocationConfig,
  HttpMethod,
  HttpRequest,
  HttpResponse,
} from '../http.ts'

/** {@link http}. */
export type NodeHttp = Http<NodeChannelReader, Writable>

/** What a handler of {@link http} is given. */
export type StreamRequest<Body = unknown> = HttpStreamRequest<Body, NodeChannelReader>

/** What a handler of {@link http} answers with. */
export type StreamResponse = HttpStreamResponse<Writable>

/**
 * Turns a handler with a request and a response into a function: status and headers first, then the
 * body in parts. It may also return the whole answer.
 *
 * @example
 * ```ts
 * import { http, registerWorker } from 'iii-kit'
 * const iii = registerWorker('ws://localhost:49134', { workerName: 'shop' })
 * iii.registerFunction('shop::count', http(async (_request, response) => {
 *   response.status(200)
 *   response.headers({ 'content-type': 'text/plain' })
 *   for (let n = 0; n < 3; n++) response.stream.write(`${n}\n`)
 *   response.stream.end()
 * }))
 * ```
 */
export const http: NodeHttp = httpWith((writer: NodeChannelWriter) => {
  const { stream } = writer
  // A client that goes away is no reason for the process to end.
  if (stream.listenerCount('error') === 0) stream.on('error', () => undefined)
  return stream
})
