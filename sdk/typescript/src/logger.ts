/** Log lines that know their invocation. */

import { currentScope } from './scope.ts'
import { telemetryHere } from './telemetry/live.ts'
import { SEVERITY } from './telemetry/otlp.ts'
import type { Telemetry } from './telemetry/telemetry.ts'
import { spanIdOf, traceHere, traceIdOf } from './trace.ts'

/** How serious a line is. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** A line, as it is handed to whoever writes it down. */
export interface LogLine {
  readonly level: LogLevel
  readonly message: string
  readonly data?: unknown
  readonly trace_id?: string
  readonly span_id?: string
  readonly function_id?: string
  readonly service?: string
}

/** Writes lines down. */
export type LogSink = (line: LogLine) => void

const LOGS_API = Symbol.for('io.opentelemetry.js.api.logs')

interface LogsProvider {
  getLogger(name: string): {
    emit(record: {
      severityNumber: number
      severityText: string
      body: string
      attributes: Record<string, unknown>
    }): void
  }
}

/** In processes standard output is for data, so all lines go to where talk goes. */
function toConsole(line: LogLine): void {
  const { level, message, ...rest } = line
  const details = Object.entries(rest).filter(([, value]) => value !== undefined)
  const words = details.length > 0 ? [message, Object.fromEntries(details)] : [message]
  const inProcess = 'process' in globalThis
  // biome-ignore lint/suspicious/noConsole: the one place that writes to the console
  if (inProcess) console.error(level, ...words)
  // biome-ignore lint/suspicious/noConsole: the same, for pages
  else console[level](...words)
}

/** The program's OpenTelemetry logs, if it has set them up. */
function toOpenTelemetry(line: LogLine): boolean {
  const api = (globalThis as { [LOGS_API]?: (version: number) => LogsProvider })[LOGS_API]
  const provider = api?.(1)
  if (provider === undefined) return false
  const attributes: Record<string, unknown> = {}
  if (line.trace_id !== undefined) attributes.trace_id = line.trace_id
  if (line.span_id !== undefined) attributes.span_id = line.span_id
  if (line.service !== undefined) attributes['service.name'] = line.service
  if (line.function_id !== undefined) attributes['iii.function.id'] = line.function_id
  if (line.data !== undefined) attributes['log.data'] = line.data
  provider.getLogger('iii-kit').emit({
    severityNumber: SEVERITY[line.level],
    severityText: line.level.toUpperCase(),
    body: line.message,
    attributes,
  })
  return true
}

/** Lines go to OpenTelemetry where it is set up, else to the console. */
export const defaultSink: LogSink = (line) => {
  if (!toOpenTelemetry(line)) toConsole(line)
}

/**
 * Writes lines with the trace they belong to: that of what is active around it, unless it is told
 * another. Lines go to the program's OpenTelemetry logs if it has set them up; else to the console,
 * and to the engine, which hands them to whoever collects telemetry.
 *
 * @example
 * ```ts
 * import { Logger } from 'iii-kit'
 * new Logger().info('order placed', { id: 7 })
 * ```
 */
export class Logger {
  readonly #traceId: string | undefined
  readonly #service: string | undefined
  readonly #spanId: string | undefined
  readonly #functionId: string | undefined
  readonly #sink: LogSink
  readonly #telemetry: Telemetry | undefined

  constructor(
    traceId?: string,
    serviceName?: string,
    spanId?: string,
    more: { functionId?: string; sink?: LogSink; telemetry?: Telemetry } = {},
  ) {
    this.#traceId = traceId
    this.#service = serviceName
    this.#spanId = spanId
    this.#functionId = more.functionId
    this.#sink = more.sink ?? defaultSink
    this.#telemetry = more.telemetry
  }

  /** For developers. */
  debug(message: string, data?: unknown): void {
    this.#write('debug', message, data)
  }

  /** What happened. */
  info(message: string, data?: unknown): void {
    this.#write('info', message, data)
  }

  /** Somebody should look at this. */
  warn(message: string, data?: unknown): void {
    this.#write('warn', message, data)
  }

  /** Something went wrong. */
  error(message: string, data?: unknown): void {
    this.#write('error', message, data)
  }

  #write(level: LogLevel, message: string, data: unknown): void {
    const trace = this.#traceId === undefined ? traceHere(currentScope()?.trace) : undefined
    const line: LogLine = {
      level,
      message,
      data,
      trace_id: this.#traceId ?? traceIdOf(trace),
      span_id: this.#spanId ?? spanIdOf(trace),
      function_id: this.#functionId,
      service: this.#service,
    }
    if (this.#sink !== defaultSink) this.#sink(line)
    else if (toOpenTelemetry(line)) return
    else toConsole(line)
    const telemetry = this.#telemetry ?? telemetryHere()
    telemetry?.log(line)
  }
}
