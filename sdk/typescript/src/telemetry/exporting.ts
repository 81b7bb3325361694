/** Telemetry of a whole process, whether or not it is a worker. */

import { systemClock, type Timer } from '../clock.ts'
import { patchGlobalFetch, unpatchGlobalFetch } from '../fetch.ts'
import { LIMITS, type Limits } from '../limits.ts'
import { defaultSink } from '../logger.ts'
import type { IIIReconnectionConfig, OtelConfig } from '../options.ts'
import { registeredApi } from '../otel/api.ts'
import { DEFAULT_ENGINE_URL } from '../register_worker.ts'
import { TelemetryLink } from './link.ts'
import { allTelemetry, useForEverything } from './live.ts'
import { gaugesOf } from './metrics.ts'
import { type TelemetryPlatform, telemetryPlatform } from './platform.ts'
import { settingsOf } from './settings.ts'
import { Telemetry } from './telemetry.ts'
import { startTracing, stopTracing } from './tracing.ts'

/** How long a flush waits for an engine that is away. */
const FLUSH_MS = 2000

interface Exporting {
  readonly telemetry: Telemetry
  readonly link: TelemetryLink
  readonly end: () => void
}

let exporting: Exporting | undefined

/**
 * Exports log lines, spans and metrics of this process to the engine, by a connection of its own.
 * Where the program has set up an OpenTelemetry SDK, spans are that SDK's (see
 * `EngineSpanExporter`); elsewhere every library that uses OpenTelemetry's API is traced. What
 * waits is bounded, and dropped and counted when the engine is away for long. Nothing of it throws
 * or keeps the process alive: call {@link shutdownOtel} before a short program ends.
 *
 * @example
 * ```ts
 * import { initOtel, shutdownOtel, withSpan } from 'iii-kit/observability'
 * initOtel({ serviceName: 'nightly', engineWsUrl: 'ws://localhost:49134' })
 * await withSpan('report', {}, async () => undefined)
 * await shutdownOtel()
 * ```
 */
export function initOtel(config: OtelConfig = {}): void {
  const here = telemetryPlatform()
  if (here === undefined || exporting !== undefined) return
  const { platform } = here
  const settings = settingsOf(config, platform, config.serviceName ?? platform.workerName())
  if (!settings.enabled) return
  const limits = limitsOf(config.reconnectionConfig)
  const address = config.engineWsUrl ?? platform.env('III_URL') ?? DEFAULT_ENGINE_URL
  let link: TelemetryLink
  const telemetry = new Telemetry({
    ...settings,
    itemsMax: limits.telemetryItemsMax,
    unitsMax: limits.telemetryBytesMax,
    clock: systemClock,
    send: (frame) => link.send(frame),
  })
  const warn = (reason: string) =>
    defaultSink({ level: 'warn', message: 'telemetry goes nowhere', data: { reason } })
  try {
    const dial = platform.dial(address, { headers: config.engineWsHeaders }, limits)
    const opened = () => telemetry.flush()
    link = new TelemetryLink({ dial, limits, clock: systemClock, opened, refused: warn })
  } catch (error) {
    return warn(error instanceof Error ? error.message : String(error))
  }
  useForEverything(telemetry)
  startTracing()
  const stopMetrics = settings.metrics ? meter(here, telemetry, settings.metricsMs) : undefined
  const fetches = config.fetchInstrumentationEnabled !== false
  if (fetches) patchGlobalFetch()
  exporting = {
    telemetry,
    link,
    end() {
      stopMetrics?.()
      if (fetches) unpatchGlobalFetch()
      stopTracing()
    },
  }
}

function limitsOf(reconnection: Partial<IIIReconnectionConfig> | undefined): Limits {
  const limits = { ...LIMITS }
  if (reconnection?.initialDelayMs !== undefined) {
    limits.reconnectFirstMs = reconnection.initialDelayMs
  }
  if (reconnection?.maxDelayMs !== undefined) limits.reconnectMaxMs = reconnection.maxDelayMs
  return limits
}

/** Reports the process's own figures again and again; returns how to stop it. */
function meter(
  { metrics, platform }: TelemetryPlatform,
  telemetry: Telemetry,
  everyMs: number,
): (() => void) | undefined {
  const collector = metrics?.()
  if (collector === undefined) return undefined
  let timer: Timer
  const report = () => {
    for (const gauge of gaugesOf(collector.collect(), platform.workerName())) {
      telemetry.take('MTRC', gauge)
    }
    timer = systemClock.after(everyMs, report)
  }
  timer = systemClock.after(everyMs, report)
  return () => {
    for (const gauge of gaugesOf(collector.collect(), platform.workerName())) {
      telemetry.take('MTRC', gauge)
    }
    timer.cancel()
    collector.stopMonitoring()
  }
}

/**
 * Sends all telemetry that waits, that of the program's OpenTelemetry SDK included; resolves when
 * the engine has it, or after two seconds.
 *
 * @example
 * ```ts
 * import { flushOtel } from 'iii-kit/observability'
 * await flushOtel()
 * ```
 */
export async function flushOtel(): Promise<void> {
  await flushProgram()
  for (const telemetry of allTelemetry()) telemetry.flush()
  const { link, telemetry } = exporting ?? {}
  await link?.flushed(() => telemetry?.flush() ?? true, FLUSH_MS)
}

/** Hands over what the program's own SDK still has. */
async function flushProgram(): Promise<void> {
  const provider = registeredApi()?.trace as { getDelegate?: () => unknown } | undefined
  const flushable = (provider?.getDelegate?.() ?? provider) as
    | { forceFlush?: () => Promise<void> }
    | undefined
  await flushable?.forceFlush?.().catch(() => undefined)
}

/**
 * Flushes, and ends what {@link initOtel} began.
 *
 * @example
 * ```ts
 * import { shutdownOtel } from 'iii-kit/observability'
 * await shutdownOtel()
 * ```
 */
export async function shutdownOtel(): Promise<void> {
  const ending = exporting
  if (ending === undefined) return flushOtel()
  exporting = undefined
  await flushProgram()
  ending.end()
  await ending.link.flushed(() => ending.telemetry.flush(), FLUSH_MS)
  useForEverything(undefined)
  ending.link.close()
  ending.telemetry.close()
}

/**
 * How many log lines, spans and metrics were given up because the engine was away for too long, or
 * because they were too large.
 *
 * @example
 * ```ts
 * import { droppedTelemetry } from 'iii-kit/observability'
 * console.error(droppedTelemetry())
 * ```
 */
export function droppedTelemetry(): number {
  return allTelemetry().reduce((sum, { dropped }) => sum + dropped, 0)
}
