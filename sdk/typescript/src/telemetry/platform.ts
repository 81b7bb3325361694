/** What telemetry needs of a platform. */

import type { ContextManager } from '../otel/api.ts'
import type { Platform } from '../platform.ts'
import type { WorkerMetrics } from './metrics.ts'

/** What is used of OpenTelemetry's API package. */
export interface ApiPackage {
  readonly trace: { setGlobalTracerProvider(provider: unknown): unknown; disable(): void }
  readonly context: { setGlobalContextManager(manager: unknown): boolean; disable(): void }
  readonly propagation: { setGlobalPropagator(propagator: unknown): boolean; disable(): void }
}

/** What telemetry needs of a platform. */
export interface TelemetryPlatform {
  readonly platform: Platform
  contexts(): ContextManager
  /** OpenTelemetry's API, if the project has it. */
  api(): ApiPackage | undefined
  metrics?(): { collect(): WorkerMetrics; stopMonitoring(): void }
}

let here: TelemetryPlatform | undefined

/** The entry of a platform says so once, when it is loaded. */
export function useTelemetryPlatform(platform: TelemetryPlatform): void {
  here = platform
}

/** The platform of the entry that was loaded. */
export function telemetryPlatform(): TelemetryPlatform | undefined {
  return here
}
