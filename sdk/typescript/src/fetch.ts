/** `fetch` as a part of the trace around it. */

import { KIND, otel, type Span, STATUS, type Tracer } from './otel/api.ts'
import { inSpan } from './otel/spans.ts'
import { currentScope } from './scope.ts'
import { traceHere } from './trace.ts'

/** What {@link executeTracedRequest} takes beside what `fetch` takes. */
export interface TracedFetchInit extends RequestInit {
  /** Accepted for programs of the published package; the span is of the program's own tracer. */
  tracer?: Tracer
}

/**
 * `fetch` with the trace context of what is active here, in a span where there is a tracer.
 *
 * @example
 * ```ts
 * import { executeTracedRequest } from 'iii-kit/observability'
 * const answer = await executeTracedRequest('http://localhost:3111/orders')
 * ```
 */
export function executeTracedRequest(
  input: RequestInfo | URL,
  init?: TracedFetchInit,
): Promise<Response> {
  const request = new Request(input, init)
  if (otel() === undefined) return send(request, undefined)
  const { protocol, host, pathname, hostname } = new URL(request.url)
  const attributes = {
    'http.request.method': request.method,
    // Neither credentials nor queries: both may be secrets.
    'url.full': `${protocol}//${host}${pathname}`,
    'server.address': hostname,
  }
  return inSpan(request.method, { kind: KIND.client, attributes }, undefined, (span) =>
    send(request, span),
  )
}

async function send(request: Request, span: Span | undefined): Promise<Response> {
  const trace = traceHere(currentScope()?.trace)
  for (const key of ['traceparent', 'tracestate', 'baggage'] as const) {
    const value = trace?.[key]
    if (value !== undefined && !request.headers.has(key)) request.headers.set(key, value)
  }
  const answer = await (plainFetch ?? fetch)(request)
  span?.setAttribute('http.response.status_code', answer.status)
  if (answer.status >= 400) span?.setStatus({ code: STATUS.error })
  return answer
}

let plainFetch: typeof fetch | undefined

/**
 * Lets every `fetch` carry the trace context of what is active where it is called.
 *
 * @example
 * ```ts
 * import { patchGlobalFetch } from 'iii-kit/observability'
 * patchGlobalFetch()
 * ```
 */
export function patchGlobalFetch(_tracer?: unknown): void {
  if (plainFetch !== undefined) return
  plainFetch = globalThis.fetch
  globalThis.fetch = (input, init) => executeTracedRequest(input, init)
}

/**
 * Takes {@link patchGlobalFetch} back.
 *
 * @example
 * ```ts
 * import { unpatchGlobalFetch } from 'iii-kit/observability'
 * unpatchGlobalFetch()
 * ```
 */
export function unpatchGlobalFetch(): void {
  if (plainFetch !== undefined) globalThis.fetch = plainFetch
  plainFetch = undefined
}
