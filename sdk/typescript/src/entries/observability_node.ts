/** Traces and logs, in Node, where scopes survive asynchronous gaps. @module */
import '../node/scope.ts'
import '../node/telemetry.ts'

export {
  registerWorkerGauges,
  stopWorkerGauges,
  type WorkerGaugesOptions,
  WorkerMetricsCollector,
  type WorkerMetricsCollectorOptions,
} from '../node/metrics.ts'
export * from '../observability.ts'
