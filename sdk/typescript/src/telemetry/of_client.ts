/** Log lines of a client's invocations, and spans if it is told to make some. */

import type { Clock } from '../clock.ts'
import type { Limits } from '../limits.ts'
import type { InitOptions } from '../options.ts'
import type { Platform } from '../platform.ts'
import { addTelemetry, removeTelemetry } from './live.ts'
import { settingsOf } from './settings.ts'
import { type SendFrame, Telemetry } from './telemetry.ts'
import { startTracing, stopTracing } from './tracing.ts'

/** The telemetry of one client, over the client's own connection. */
export class ClientTelemetry extends Telemetry {
  readonly #traces: boolean
  #over = false

  constructor(parts: {
    options: InitOptions
    platform: Platform
    limits: Limits
    clock: Clock
    send: SendFrame
  }) {
    const { options, platform, limits, clock, send } = parts
    const name = options.workerName ?? platform.workerName()
    const settings = settingsOf(options.otel ?? {}, platform, name)
    const { telemetryItemsMax: itemsMax, telemetryBytesMax: unitsMax } = limits
    super({ ...settings, itemsMax, unitsMax, clock, send })
    this.#traces = options.otel?.enabled === true
    addTelemetry(this)
    if (this.#traces) startTracing()
  }

  /** The client ends; what could be sent was. */
  end(): void {
    if (this.#over) return
    this.#over = true
    removeTelemetry(this)
    if (this.#traces) stopTracing()
    this.close()
  }
}
