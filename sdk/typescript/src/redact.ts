/** Payloads, made fit to be looked at: without secrets, and not too long. */

import { isObject } from './json.ts'

/**
 * What stands in the place of a secret.
 *
 * @example
 * ```ts
 * import { REDACTED_PLACEHOLDER, redact } from 'iii-kit/observability'
 * redact({ password: 'x' }) // { password: REDACTED_PLACEHOLDER }
 * ```
 */
export const REDACTED_PLACEHOLDER = '[REDACTED]'

const SECRET = new RegExp(
  [
    'api[_-]?key',
    'password',
    'secret',
    'credential',
    'authorization',
    'bearer',
    'private_key',
    '(auth|access|refresh)_token',
    '(^|[_-])token$',
  ].join('|'),
  'i',
)
const DEPTH_MAX = 64

/**
 * A copy without the values of fields whose names sound like secrets.
 *
 * @example
 * ```ts
 * import { redact } from 'iii-kit/observability'
 * redact({ user: 'ada', api_key: 'x' }) // { user: 'ada', api_key: '[REDACTED]' }
 * ```
 */
export function redact(value: unknown, depth = 0): unknown {
  if (depth >= DEPTH_MAX) return REDACTED_PLACEHOLDER
  if (Array.isArray(value)) return value.map((item) => redact(item, depth + 1))
  if (!isObject(value)) return value
  const entries = Object.entries(value).map(([name, field]) => [
    name,
    SECRET.test(name) ? REDACTED_PLACEHOLDER : redact(field, depth + 1),
  ])
  return Object.fromEntries(entries)
}

/**
 * The JSON text of a value without its secrets, cut to `maxBytes`.
 *
 * @example
 * ```ts
 * import { redactAndTruncate } from 'iii-kit/observability'
 * const { json, truncated } = redactAndTruncate({ token: 'x' }, 1024)
 * ```
 */
export function redactAndTruncate(
  value: unknown,
  maxBytes: number | null = null,
): { json: string; truncated: boolean } {
  const json = safeStringify(redact(value))
  const bytes = new TextEncoder().encode(json)
  if (maxBytes === null || bytes.length <= maxBytes) return { json, truncated: false }
  const cut = new TextDecoder().decode(bytes.subarray(0, maxBytes))
  // A character that was cut in two is left out.
  return { json: cut.replace(/\ufffd+$/, ''), truncated: true }
}

/**
 * The JSON text of a value, whatever it is.
 *
 * @example
 * ```ts
 * import { safeStringify } from 'iii-kit/observability'
 * safeStringify(10n) // '"10"'
 * ```
 */
export function safeStringify(value: unknown): string {
  const above: unknown[] = []
  try {
    const text = JSON.stringify(value, function (this: unknown, _key, field: unknown) {
      if (typeof field === 'bigint') return field.toString()
      if (typeof field !== 'object' || field === null) return field
      while (above.length > 0 && above[above.length - 1] !== this) above.pop()
      if (above.includes(field)) return '[Circular]'
      above.push(field)
      return field
    })
    return text ?? 'null'
  } catch {
    return '[unserializable]'
  }
}

/**
 * The limit of payloads in telemetry that the environment names, if it names one.
 *
 * @example
 * ```ts
 * import { redactAndTruncate, resolveMaxBytesFromEnv } from 'iii-kit/observability'
 * redactAndTruncate({ id: 7 }, resolveMaxBytesFromEnv())
 * ```
 */
export function resolveMaxBytesFromEnv(): number | null {
  const variables = (globalThis as { process?: { env?: Record<string, string | undefined> } })
    .process
  const text = variables?.env?.III_TRACE_PAYLOAD_MAX_BYTES?.trim() ?? ''
  return /^[1-9][0-9]*$/.test(text) ? Number(text) : null
}
