/** HTTP requests as functions see them, and answers in parts. */
import type { ChannelReader } from './channel/reader.ts';
import type { ChannelWriter } from './channel/writer.ts';
import type { Context } from './context.ts';
export type { HttpAuthConfig, HttpInvocationConfig, HttpMethod } from './http_invocation.ts';
/** A request, as a function bound to an `http` trigger is given it. */
export interface HttpRequest<Body = unknown, Reader = ChannelReader> {
    path_params: Record<string, string>;
    query_params: Record<string, string | string[]>;
    /** Parsed JSON, where the request says that it is JSON. */
    body: Body;
    headers: Record<string, string | string[]>;
    method: string;
    /** The route. */
    path?: string;
    /** The raw body. */
    request_body: Reader;
}
/** An answer given at once. */
export interface HttpResponse<Status extends number = number, Body = unknown> {
    status_code?: Status;
    headers?: Record<string, string>;
    body?: Body;
}
/** A request in front of an answer that is given in parts. */
export type HttpStreamRequest<Body = unknown, Reader = ChannelReader> = HttpRequest<Body, Reader>;
/** An answer that is given in parts: status and headers first. */
export interface HttpStreamResponse<Stream = WritableStream<Uint8Array>> {
    status(code: number): void;
    headers(headers: Record<string, string>): void;
    /** The body. */
    readonly stream: Stream;
    /** Ends the answer. */
    close(): void;
}
type Answer = HttpResponse | undefined | null | void;
/** {@link http}. */
export type Http<Reader, Stream> = <Body = unknown>(handler: (request: HttpStreamRequest<Body, Reader>, response: HttpStreamResponse<Stream>, context: Context) => Promise<Answer> | Answer) => (request: HttpRequest<Body, Reader>, second?: unknown, third?: unknown) => Promise<Answer> | Answer;
/** Makes the helper of a platform; `streamOf` says what its streams are. */
export declare function httpWith<Reader extends ChannelReader, Writer extends ChannelWriter, Stream>(streamOf: (writer: Writer) => Stream): Http<Reader, Stream>;
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
export declare const http: Http<ChannelReader, WritableStream<Uint8Array>>;
