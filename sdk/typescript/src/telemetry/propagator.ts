/** W3C trace context and baggage for libraries that make requests of their own. */

import type { OtelContext } from '../otel/api.ts'
import { PlainContext, remoteContext, traceIn } from '../otel/context.ts'
import type { TraceContext } from '../trace.ts'

interface Setter {
  set(carrier: unknown, key: string, value: string): void
}

interface Getter {
  get(carrier: unknown, key: string): string | string[] | undefined
}

const FIELDS = ['traceparent', 'tracestate', 'baggage'] as const

/** What OpenTelemetry's API asks of a propagator. */
export const w3cPropagator = {
  inject(context: OtelContext, carrier: unknown, setter: Setter): void {
    const trace = traceIn(context)
    for (const key of FIELDS) {
      const value = trace?.[key]
      if (value !== undefined) setter.set(carrier, key, value)
    }
  },
  extract(context: OtelContext, carrier: unknown, getter: Getter): OtelContext {
    const trace: TraceContext = {}
    for (const key of FIELDS) {
      const value = getter.get(carrier, key)
      trace[key] = Array.isArray(value) ? value[0] : value
    }
    return remoteContext(trace, context)
  },
  fields: (): string[] => [...FIELDS],
}

/** Keeps contexts while code runs, but not through asynchronous gaps: for browsers. */
export class StackOfContexts {
  #active: OtelContext | undefined

  active(): OtelContext {
    return this.#active ?? PlainContext.ROOT
  }

  with<A extends unknown[], T>(
    context: OtelContext,
    work: (...args: A) => T,
    self?: unknown,
    ...args: A
  ): T {
    const before = this.#active
    this.#active = context
    try {
      return work.apply(self, args)
    } finally {
      this.#active = before
    }
  }

  bind<T>(context: OtelContext, target: T): T {
    if (typeof target !== 'function') return target
    return ((...args: unknown[]) => this.with(context, () => target(...args))) as T
  }

  enable(): this {
    return this
  }

  disable(): this {
    this.#active = undefined
    return this
  }
}
