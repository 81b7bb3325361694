/** What telemetry uses of Node. */

import { AsyncLocalStorage } from 'node:async_hooks'
import { createRequire } from 'node:module'
import type { OtelContext } from '../otel/api.ts'
import { PlainContext } from '../otel/context.ts'
import { type ApiPackage, useTelemetryPlatform } from '../telemetry/platform.ts'
import { WorkerMetricsCollector } from './metrics.ts'
import { nodePlatform } from './platform.ts'

/** Keeps contexts of OpenTelemetry through asynchronous gaps. */
class AsyncContexts {
  readonly #storage = new AsyncLocalStorage<OtelContext>()

  active(): OtelContext {
    return this.#storage.getStore() ?? PlainContext.ROOT
  }

  with<A extends unknown[], T>(
    context: OtelContext,
    work: (...args: A) => T,
    self?: unknown,
    ...args: A
  ): T {
    return this.#storage.run(context, () => work.apply(self, args))
  }

  bind<T>(context: OtelContext, target: T): T {
    if (typeof target !== 'function') return target
    return ((...args: unknown[]) => this.with(context, () => target(...args))) as T
  }

  enable(): this {
    return this
  }

  disable(): this {
    this.#storage.disable()
    return this
  }
}

/** The project's own copy comes first: this package may be linked from somewhere else. */
function api(): ApiPackage | undefined {
  for (const from of [`${process.cwd()}/`, import.meta.url]) {
    try {
      return createRequire(from)('@opentelemetry/api') as ApiPackage
    } catch {
      // It is optional.
    }
  }
  return undefined
}

useTelemetryPlatform({
  platform: nodePlatform,
  contexts: () => new AsyncContexts(),
  api,
  metrics: () => new WorkerMetricsCollector(),
})
