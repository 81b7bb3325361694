/** OTLP in its JSON form, as the engine's telemetry frames carry it. */

import { redactAndTruncate } from '../redact.ts'
import { VERSION } from '../version.ts'

/** What a frame holds; the name is its prefix. */
export type FrameKind = 'OTLP' | 'LOGS' | 'MTRC'

/** Attributes, as programs give them. */
export type Attributes = Readonly<Record<string, unknown>>

/** One value; longer ones are cut. */
export const VALUE_BYTES_MAX = 16 * 1024

const SCOPE = `{"name":"iii-kit","version":"${VERSION}"}`
const utf8 = new TextEncoder()

/** Attributes in OTLP. */
export function attributes(values: Attributes): object[] {
  const list: object[] = []
  for (const [key, value] of Object.entries(values)) {
    if (value !== undefined && value !== null) list.push({ key, value: anyValue(value) })
  }
  return list
}

/** A value in OTLP; whatever is no plain value is its JSON text, without secrets. */
export function anyValue(value: unknown): object {
  switch (typeof value) {
    case 'string':
      return { stringValue: cut(value) }
    case 'boolean':
      return { boolValue: value }
    case 'number':
      return number(value)
    case 'bigint':
      return { stringValue: value.toString() }
    default: {
      const plain = Array.isArray(value) && value.every((item) => typeof item !== 'object')
      if (plain) return { arrayValue: { values: value.slice(0, 256).map(anyValue) } }
      return { stringValue: redactAndTruncate(value, VALUE_BYTES_MAX).json }
    }
  }
}

/** A number in OTLP. */
export function number(value: number): object {
  if (Number.isSafeInteger(value)) return { intValue: String(value) }
  // JSON has no other numbers.
  return Number.isFinite(value) ? { doubleValue: value } : { stringValue: String(value) }
}

function cut(text: string): string {
  return text.length <= VALUE_BYTES_MAX ? text : text.slice(0, VALUE_BYTES_MAX)
}

/** A frame of items, each of them JSON text already. */
export function frameOf(kind: FrameKind, resource: string, items: readonly string[]): Uint8Array {
  const [outer, inner, name] = LAYERS[kind]
  const scoped = `{"scope":${SCOPE},"${name}":[${items.join(',')}]}`
  return utf8.encode(`${kind}{"${outer}":[{"resource":${resource},"${inner}":[${scoped}]}]}`)
}

const LAYERS: Readonly<Record<FrameKind, readonly [string, string, string]>> = {
  OTLP: ['resourceSpans', 'scopeSpans', 'spans'],
  LOGS: ['resourceLogs', 'scopeLogs', 'logRecords'],
  MTRC: ['resourceMetrics', 'scopeMetrics', 'metrics'],
}

/** A moment in milliseconds since 1970, in nanoseconds. */
export function nanoseconds(ms: number): string {
  const whole = Math.floor(ms)
  const rest = Math.floor((ms - whole) * 1e6)
  return `${whole}${String(rest).padStart(6, '0')}`
}

/** How serious a line is, in OpenTelemetry's numbers. */
export const SEVERITY = { debug: 5, info: 9, warn: 13, error: 17 } as const
