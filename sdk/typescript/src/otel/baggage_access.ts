/** The baggage that is active where code runs. */

import { currentScope } from '../scope.ts'
import { traceHere } from '../trace.ts'
import type { OtelContext } from './api.ts'
import { Baggage, type BaggageEntry } from './baggage.ts'
import { activeContext, BAGGAGE } from './context.ts'

function baggageHere(): Baggage {
  return Baggage.parse(injectBaggage() ?? '')
}

/**
 * The W3C `baggage` of what is active here.
 *
 * @example
 * ```ts
 * import { injectBaggage } from 'iii-kit/observability'
 * const headers = { baggage: injectBaggage() ?? '' }
 * ```
 */
export function injectBaggage(): string | undefined {
  return traceHere(currentScope()?.trace)?.baggage
}

/**
 * The entries of the baggage that is active here.
 *
 * @example
 * ```ts
 * import { getAllBaggage } from 'iii-kit/observability'
 * const { tenant } = getAllBaggage()
 * ```
 */
export function getAllBaggage(): Record<string, string> {
  const entries = baggageHere().getAllEntries()
  return Object.fromEntries(entries.map(([key, { value }]) => [key, value]))
}

/**
 * One entry of the baggage that is active here.
 *
 * @example
 * ```ts
 * import { getBaggageEntry } from 'iii-kit/observability'
 * const tenant = getBaggageEntry('tenant')
 * ```
 */
export function getBaggageEntry(key: string): string | undefined {
  return baggageHere().getEntry(key)?.value
}

/**
 * A context of OpenTelemetry with one more entry; run code in it with the API's `context.with`.
 *
 * @example
 * ```ts
 * import { context } from '@opentelemetry/api'
 * import { setBaggageEntry } from 'iii-kit/observability'
 * context.with(setBaggageEntry('tenant', 'a'), () => fetch('http://localhost:3111/orders'))
 * ```
 */
export function setBaggageEntry(key: string, value: string): OtelContext {
  return activeContext().setValue(BAGGAGE, baggageHere().setEntry(key, { value }))
}

/**
 * A context of OpenTelemetry with one entry less.
 *
 * @example
 * ```ts
 * import { removeBaggageEntry } from 'iii-kit/observability'
 * const without = removeBaggageEntry('tenant')
 * ```
 */
export function removeBaggageEntry(key: string): OtelContext {
  return activeContext().setValue(BAGGAGE, baggageHere().removeEntry(key))
}

/**
 * A span processor that copies the baggage onto every span, for the program's OpenTelemetry.
 *
 * @example
 * ```ts
 * import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node'
 * import { BaggageSpanProcessor } from 'iii-kit/observability'
 * new NodeTracerProvider({ spanProcessors: [new BaggageSpanProcessor()] }).register()
 * ```
 */
export class BaggageSpanProcessor {
  /** A span begins. */
  onStart(
    span: { setAttribute(key: string, value: string): unknown },
    parent: { getValue(key: symbol): unknown },
  ): void {
    const baggage = parent.getValue(BAGGAGE) as
      | { getAllEntries(): [string, BaggageEntry][] }
      | undefined
    for (const [key, { value }] of baggage?.getAllEntries() ?? []) span.setAttribute(key, value)
  }

  /** A span ends: nothing is left to do. */
  onEnd(): void {}

  /** There is nothing to send. */
  async forceFlush(): Promise<void> {}

  /** There is nothing to end. */
  async shutdown(): Promise<void> {}
}
