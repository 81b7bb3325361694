/** Figures of this process. */

import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks'
import { type Meter, observeWith, type WorkerMetrics } from '../telemetry/metrics.ts'

/** How {@link WorkerMetricsCollector} measures. */
export interface WorkerMetricsCollectorOptions {
  /** How often the event loop is looked at, in milliseconds. Default: 20. */
  eventLoopResolutionMs?: number
}

/**
 * Measures memory, processor and event loop of this process.
 *
 * @example
 * ```ts
 * import { WorkerMetricsCollector } from 'iii-kit/observability'
 * const collector = new WorkerMetricsCollector()
 * console.error(collector.collect().memory_rss)
 * collector.stopMonitoring()
 * ```
 */
export class WorkerMetricsCollector {
  readonly #delay: IntervalHistogram
  #usage = process.cpuUsage()
  #at = performance.now()

  constructor(options: WorkerMetricsCollectorOptions = {}) {
    this.#delay = monitorEventLoopDelay({ resolution: options.eventLoopResolutionMs ?? 20 })
    this.#delay.enable()
  }

  /** The event loop is no longer looked at. */
  stopMonitoring(): void {
    this.#delay.disable()
  }

  /** The figures now; processor and event loop are those since the last time. */
  collect(): WorkerMetrics {
    const memory = process.memoryUsage()
    const usage = process.cpuUsage()
    const at = performance.now()
    const spent = usage.user + usage.system - this.#usage.user - this.#usage.system
    const passed = (at - this.#at) * 1000
    this.#usage = usage
    this.#at = at
    const lag = this.#delay.mean / 1e6
    this.#delay.reset()
    return {
      memory_heap_used: memory.heapUsed,
      memory_heap_total: memory.heapTotal,
      memory_rss: memory.rss,
      memory_external: memory.external,
      cpu_user_micros: usage.user,
      cpu_system_micros: usage.system,
      cpu_percent: passed > 0 ? (spent / passed) * 100 : 0,
      // Nothing was seen yet when it was asked too soon.
      event_loop_lag_ms: Number.isFinite(lag) ? lag : 0,
      uptime_seconds: process.uptime(),
      timestamp_ms: Date.now(),
      runtime: 'node',
    }
  }
}

/** Whose figures {@link registerWorkerGauges} reports. */
export interface WorkerGaugesOptions {
  workerId: string
  workerName?: string
}

let stop: (() => void) | undefined

/**
 * Reports memory, processor and event loop of this process through a meter of the program's
 * OpenTelemetry. Without one `initOtel` reports them by itself.
 *
 * @example
 * ```ts
 * import { metrics } from '@opentelemetry/api'
 * import { registerWorkerGauges } from 'iii-kit/observability'
 * registerWorkerGauges(metrics.getMeter('worker'), { workerId: 'w-1', workerName: 'orders' })
 * ```
 */
export function registerWorkerGauges(meter: Meter, options: WorkerGaugesOptions): void {
  stopWorkerGauges()
  const collector = new WorkerMetricsCollector()
  const about: Record<string, unknown> = { 'worker.id': options.workerId }
  if (options.workerName !== undefined) about['worker.name'] = options.workerName
  const unobserve = observeWith(meter, about, () => collector.collect())
  stop = () => {
    unobserve()
    collector.stopMonitoring()
  }
}

/**
 * Ends what {@link registerWorkerGauges} began.
 *
 * @example
 * ```ts
 * import { stopWorkerGauges } from 'iii-kit/observability'
 * stopWorkerGauges()
 * ```
 */
export function stopWorkerGauges(): void {
  stop?.()
  stop = undefined
}
