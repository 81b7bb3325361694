/** What options and the environment say about telemetry. */

import type { OtelConfig } from '../options.ts'
import type { Platform } from '../platform.ts'
import { VERSION } from '../version.ts'
import type { Attributes } from './otlp.ts'

/** Items that arrive within this time leave together. */
const FLUSH_MS = 100
const METRICS_MS = 60_000

/** What is exported, and how. */
export interface Settings {
  /** Whether anything is. */
  readonly enabled: boolean
  readonly logs: boolean
  readonly metrics: boolean
  readonly metricsMs: number
  readonly flushMs: number
  readonly resource: Attributes
}

/** The settings of a process, or of one client called `name`. */
export function settingsOf(config: OtelConfig, platform: Platform, name: string): Settings {
  const enabled = config.enabled ?? !isOff(platform, 'OTEL_ENABLED')
  const metrics = config.metricsEnabled ?? !isOff(platform, 'OTEL_METRICS_ENABLED')
  const flushMs =
    config.spansFlushIntervalMs ??
    config.logsFlushIntervalMs ??
    positive(platform.env('OTEL_SPANS_FLUSH_INTERVAL_MS'))
  return {
    enabled,
    logs: enabled && config.logsEnabled !== false,
    metrics: enabled && metrics,
    metricsMs: config.metricsExportIntervalMs ?? METRICS_MS,
    flushMs: flushMs ?? FLUSH_MS,
    resource: {
      'service.name': config.serviceName ?? platform.env('OTEL_SERVICE_NAME') ?? name,
      'service.version': config.serviceVersion ?? platform.env('SERVICE_VERSION'),
      'service.namespace': config.serviceNamespace ?? platform.env('SERVICE_NAMESPACE'),
      'service.instance.id': config.serviceInstanceId ?? platform.env('SERVICE_INSTANCE_ID'),
      'telemetry.sdk.name': 'iii-kit',
      'telemetry.sdk.language': platform.runtime === 'node' ? 'nodejs' : 'webjs',
      'telemetry.sdk.version': VERSION,
    },
  }
}

function isOff(platform: Platform, name: string): boolean {
  return /^(0|false|no|off)$/i.test(platform.env(name) ?? '')
}

function positive(text: string | undefined): number | undefined {
  return text !== undefined && /^[1-9][0-9]*$/.test(text) ? Number(text) : undefined
}
