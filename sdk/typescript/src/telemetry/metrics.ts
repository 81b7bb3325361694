/** Figures of a process, as gauges. */

import { attributes, nanoseconds } from './otlp.ts'

/** Figures of a process at one moment. */
export interface WorkerMetrics {
  memory_heap_used?: number
  memory_heap_total?: number
  memory_rss?: number
  memory_external?: number
  cpu_user_micros?: number
  cpu_system_micros?: number
  cpu_percent?: number
  event_loop_lag_ms?: number
  uptime_seconds?: number
  /** When, in milliseconds since 1970. */
  timestamp_ms: number
  runtime: string
}

/** Which field is which gauge, and in what unit. */
const GAUGES = [
  ['memory_heap_used', 'iii.worker.memory.heap_used', 'By'],
  ['memory_heap_total', 'iii.worker.memory.heap_total', 'By'],
  ['memory_rss', 'iii.worker.memory.rss', 'By'],
  ['memory_external', 'iii.worker.memory.external', 'By'],
  ['cpu_percent', 'iii.worker.cpu.percent', '%'],
  ['cpu_user_micros', 'iii.worker.cpu.user_micros', 'us'],
  ['cpu_system_micros', 'iii.worker.cpu.system_micros', 'us'],
  ['event_loop_lag_ms', 'iii.worker.event_loop.lag_ms', 'ms'],
  ['uptime_seconds', 'iii.worker.uptime_seconds', 's'],
] as const

/** The gauges of OTLP. */
export function gaugesOf(metrics: WorkerMetrics, workerName: string): object[] {
  const about = attributes({ 'worker.name': workerName })
  const timeUnixNano = nanoseconds(metrics.timestamp_ms)
  return GAUGES.filter(([field]) => metrics[field] !== undefined).map(([field, name, unit]) => {
    const point = { attributes: about, timeUnixNano, asDouble: metrics[field] }
    return { name, unit, gauge: { dataPoints: [point] } }
  })
}

// biome-ignore lint/suspicious/noExplicitAny: types of the API package, which may not be there
type Foreign = any

/** What is used of a meter of OpenTelemetry. */
export interface Meter {
  createObservableGauge(name: string, options: { unit: string }): Foreign
  addBatchObservableCallback(callback: Foreign, gauges: Foreign[]): void
  removeBatchObservableCallback(callback: Foreign, gauges: Foreign[]): void
}

interface Result {
  observe(gauge: unknown, value: number, about: Record<string, unknown>): void
}

/** Lets a meter ask for the figures; returns how to stop it. */
export function observeWith(
  meter: Meter,
  about: Record<string, unknown>,
  collect: () => WorkerMetrics,
): () => void {
  const gauges = GAUGES.map(([, name, unit]) => meter.createObservableGauge(name, { unit }))
  const callback = (result: Result) => {
    const metrics = collect()
    for (const [at, [field]] of GAUGES.entries()) {
      const value = metrics[field]
      if (value !== undefined) result.observe(gauges[at], value, about)
    }
  }
  meter.addBatchObservableCallback(callback, gauges)
  return () => meter.removeBatchObservableCallback(callback, gauges)
}
