/** Spans around work. */

import { currentScope, inScope } from '../scope.ts'
import type { TraceContext } from '../trace.ts'
import { type OtelContext, otel, type Span, type SpanOptions, STATUS } from './api.ts'
import { activeContext, remoteContext, SPAN, traceOfSpan } from './context.ts'

/**
 * Runs `work` in a span below `parent`, or below what is active here. Without a tracer it runs all
 * the same, and is handed no span; the parent is active then where contexts are kept.
 */
export function inSpan<T>(
  name: string,
  options: SpanOptions,
  parent: TraceContext | undefined,
  work: (span: Span | undefined) => T,
): T {
  const api = otel()
  if (api === undefined) return work(undefined)
  const below = parent === undefined ? activeContext() : remoteContext(parent)
  const span = api.trace?.getTracer('iii-kit').startSpan(name, options, below)
  if (span === undefined) {
    return api.context === undefined
      ? work(undefined)
      : api.context.with(below, () => work(undefined))
  }
  return within(api.context, below.setValue(SPAN, span), span, parent, () =>
    ended(span, () => work(span)),
  )
}

/** Makes a span active: in OpenTelemetry where contexts are kept there, else in our own scope. */
function within<T>(
  manager: NonNullable<ReturnType<typeof otel>>['context'],
  context: OtelContext,
  span: Span,
  parent: TraceContext | undefined,
  work: () => T,
): T {
  if (manager !== undefined) return manager.with(context, work)
  const scope = currentScope()
  const trace = traceOfSpan(span, (parent ?? scope?.trace)?.baggage)
  return trace === undefined ? work() : inScope({ trace, invocation: scope?.invocation }, work)
}

/** Ends the span when the work has ended, in time or later. */
function ended<T>(span: Span, work: () => T): T {
  let result: T
  try {
    result = work()
  } catch (error) {
    failed(span, error)
    throw error
  }
  if (isThenable(result)) {
    result.then(
      () => span.end(),
      (error: unknown) => failed(span, error),
    )
  } else span.end()
  return result
}

/** Ends a span whose work failed. */
function failed(span: Span, error: unknown): void {
  const code = (error as { code?: unknown } | null | undefined)?.code
  if (typeof code === 'string') span.setAttribute('error.type', code)
  span.recordException(error instanceof Error ? error : String(error))
  const message = error instanceof Error ? error.message : String(error)
  span.setStatus({ code: STATUS.error, message })
  span.end()
}

/** Whether a value is a promise, whoever made it. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as { then?: unknown }).then === 'function'
  )
}
