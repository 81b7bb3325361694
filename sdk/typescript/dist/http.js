/** HTTP requests as functions see them, and answers in parts. */
/** What an answer is written with, until its status and headers are known. */
class Response {
    #writer;
    #streamOf;
    constructor(writer, streamOf) {
        this.#writer = writer;
        this.#streamOf = streamOf;
    }
    status = (code) => {
        const message = JSON.stringify({ type: 'set_status', status_code: code });
        void this.#writer().sendMessage(message);
    };
    headers = (headers) => {
        void this.#writer().sendMessage(JSON.stringify({ type: 'set_headers', headers }));
    };
    get stream() {
        return this.#streamOf(this.#writer());
    }
    close = () => {
        // Whether the client still listens is not for the handler to know.
        this.#writer()
            .close()
            .catch(() => undefined);
    };
}
/** Makes the helper of a platform; `streamOf` says what its streams are. */
export function httpWith(streamOf) {
    return (handler) => (request, second, third) => {
        // The writer counts as used once it is looked at, so it is left alone until then.
        const { response: writer, ...fields } = Object.getOwnPropertyDescriptors(request);
        const bare = Object.defineProperties({}, fields);
        const open = () => (writer.get === undefined ? writer.value : writer.get.call(request));
        const context = (isContext(second) ? second : third);
        return handler(bare, new Response(open, streamOf), context);
    };
}
function isContext(value) {
    return typeof value === 'object' && value !== null && 'invocationId' in value;
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
export const http = httpWith((writer) => writer.writable);
