/** What a worker says about itself, and how its client behaves. */

import { LIMITS, type Limits } from './limits.ts'
import type { LogSink } from './logger.ts'

/** How a client connects again; those left out keep their defaults. */
export interface IIIReconnectionConfig {
  /** First pause, in milliseconds. Default: 100, with jitter of half of it either way. */
  initialDelayMs: number
  /** Longest pause, in milliseconds. Default: `limits.reconnectMaxMs`. */
  maxDelayMs: number
  /** Pauses double; accepted for programs of the published package, and not looked at. */
  backoffMultiplier: number
  /** Jitter is always half of the pause; accepted and not looked at. */
  jitterFactor: number
  /** Attempts in a row that may fail before the client gives up; -1, the default, is no limit. */
  maxRetries: number
}

/** What a worker is written in and for, for discovery. */
export interface TelemetryOptions {
  language?: string
  project_name?: string
  framework?: string
  /** Accepted for programs of the published package; nothing is ever sent anywhere. */
  amplitude_api_key?: string
}

/**
 * What happens with log lines, spans and metrics. What is not named here is accepted, so that
 * programs of the published package run, and not looked at.
 */
export interface OtelConfig {
  /**
   * `false` sends nothing; absent: unless the environment's `OTEL_ENABLED` says so. `true` in the
   * options of a worker makes spans also where the program has no OpenTelemetry.
   */
  enabled?: boolean
  /** Absent: the environment's `OTEL_SERVICE_NAME`, else the worker's name. */
  serviceName?: string
  /** Absent: the environment's `SERVICE_VERSION`. */
  serviceVersion?: string
  /** Absent: the environment's `SERVICE_NAMESPACE`. */
  serviceNamespace?: string
  /** Absent: the environment's `SERVICE_INSTANCE_ID`. */
  serviceInstanceId?: string
  /** The engine, for `initOtel`; absent: the environment's `III_URL`, else the usual address. */
  engineWsUrl?: string
  /** Headers of the handshake, for `initOtel`. */
  engineWsHeaders?: Record<string, string>
  /** `false` keeps log lines out of telemetry. */
  logsEnabled?: boolean
  /** Whether `initOtel` reports memory and processor; absent: as `OTEL_METRICS_ENABLED` says. */
  metricsEnabled?: boolean
  /** How often it does, in milliseconds. Default: 60,000. */
  metricsExportIntervalMs?: number
  /** How long what is collected may wait, in milliseconds. Default: 100. */
  spansFlushIntervalMs?: number
  /** The same, where the former is absent. */
  logsFlushIntervalMs?: number
  /** Whether `initOtel` gives spans to requests by `fetch`. Default: `true`. */
  fetchInstrumentationEnabled?: boolean
  /** How `initOtel` connects again. */
  reconnectionConfig?: Partial<IIIReconnectionConfig>
  [setting: string]: unknown
}

/**
 * How {@link registerWorker} connects.
 *
 * @example
 * ```ts
 * import { type InitOptions, registerWorker } from 'iii-kit'
 * const options: InitOptions = { workerName: 'orders', invocationTimeoutMs: 10_000 }
 * const iii = registerWorker('ws://localhost:49134', options)
 * ```
 */
export interface InitOptions {
  /** The worker's service identity: workers of one name and namespace are replicas. */
  workerName?: string
  /** One line for people. */
  workerDescription?: string
  /** Where its functions live; absent: the environment's `III_NAMESPACE`, else the default one. */
  namespace?: string
  /** How long calls wait that do not say so themselves, in milliseconds. Default: 30,000. */
  invocationTimeoutMs?: number
  /** Admits to the engine; absent: the environment's `III_TOKEN`. */
  token?: string
  /** Headers of the handshake; browsers cannot send any. */
  headers?: Record<string, string>
  /** Further certificates to trust, in PEM; absent: the file `III_CA_FILE` names. Node only. */
  ca?: string
  /** How it connects again. */
  reconnectionConfig?: Partial<IIIReconnectionConfig>
  /** Bounds that differ from the defaults. */
  limits?: Partial<Limits>
  /** Sends the stacks of errors to callers. Default: whether `NODE_ENV` is `development`. */
  development?: boolean
  /** Writes log lines down. Default: the program's OpenTelemetry logs, else the console. */
  log?: LogSink
  /** What the worker is written in and for. */
  telemetry?: TelemetryOptions
  /** What happens with log lines and spans. */
  otel?: OtelConfig
  /** Accepted for programs of the published package. */
  enableMetricsReporting?: boolean
}

/** The namespace where nothing else is said. */
export const DEFAULT_NAMESPACE = 'default'

/** A blank namespace is a mistake, not the default one. */
export function checkNamespace(namespace: string | undefined): string | undefined {
  if (namespace !== undefined && namespace.trim() === '') {
    throw new TypeError('`namespace` is blank: leave it out for the default one')
  }
  return namespace === DEFAULT_NAMESPACE ? undefined : namespace
}

/** The bounds that options ask for. */
export function limitsOf(options: InitOptions): Limits {
  const { initialDelayMs, maxDelayMs } = options.reconnectionConfig ?? {}
  const limits: Limits = { ...LIMITS }
  if (initialDelayMs !== undefined) limits.reconnectFirstMs = initialDelayMs
  if (maxDelayMs !== undefined) limits.reconnectMaxMs = maxDelayMs
  if (options.invocationTimeoutMs !== undefined) limits.callTimeoutMs = options.invocationTimeoutMs
  return { ...limits, ...options.limits }
}
