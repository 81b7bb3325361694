/** What programs of the published package ask of OpenTelemetry; here it is the program's own. */

import { type OtelContext, otel, type Tracer, tracer } from './api.ts'
import { activeContext, remoteContext } from './context.ts'

const LOGS_API = Symbol.for('io.opentelemetry.js.api.logs')

/**
 * The program's tracer, if it has set OpenTelemetry up.
 *
 * @example
 * ```ts
 * import { getTracer } from 'iii-kit/observability'
 * const span = getTracer()?.startSpan('nightly')
 * span?.end()
 * ```
 */
export function getTracer(): Tracer | null {
  return tracer() ?? null
}

/**
 * The program's meter, if it has set OpenTelemetry up.
 *
 * @example
 * ```ts
 * import { getMeter } from 'iii-kit/observability'
 * const meter = getMeter()
 * ```
 */
export function getMeter(): unknown {
  return otel()?.metrics?.getMeter('iii-kit') ?? null
}

/**
 * The program's OpenTelemetry logger, if it has set logs up.
 *
 * @example
 * ```ts
 * import { getLogger } from 'iii-kit/observability'
 * const logger = getLogger()
 * ```
 */
export function getLogger(): unknown {
  type Logs = (version: number) => { getLogger(name: string): unknown }
  const api = (globalThis as { [LOGS_API]?: Logs })[LOGS_API]
  return api?.(1).getLogger('iii-kit') ?? null
}

/**
 * The context of W3C texts that came from elsewhere, in the shape of OpenTelemetry.
 *
 * @example
 * ```ts
 * import { extractContext } from 'iii-kit/observability'
 * const context = extractContext('00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01')
 * ```
 */
export function extractContext(traceparent?: string, baggage?: string): OtelContext {
  return remoteContext({ traceparent, baggage })
}

/**
 * {@link extractContext} of a `traceparent` alone.
 *
 * @example
 * ```ts
 * import { extractTraceparent } from 'iii-kit/observability'
 * const context = extractTraceparent('00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01')
 * ```
 */
export function extractTraceparent(traceparent: string): OtelContext {
  return remoteContext({ traceparent })
}

/**
 * {@link extractContext} of `baggage` alone.
 *
 * @example
 * ```ts
 * import { extractBaggage } from 'iii-kit/observability'
 * const context = extractBaggage('tenant=a')
 * ```
 */
export function extractBaggage(baggage: string): OtelContext {
  return remoteContext({ baggage })
}

/**
 * The context that is active here, in the shape of OpenTelemetry.
 *
 * @example
 * ```ts
 * import { activeOtelContext } from 'iii-kit/observability'
 * const tenant = activeOtelContext().getValue(Symbol.for('tenant'))
 * ```
 */
export function activeOtelContext(): OtelContext {
  return activeContext()
}
