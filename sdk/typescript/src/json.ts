/**
 * Any JSON value.
 *
 * @example
 * ```ts
 * import type { JsonValue } from 'iii-kit'
 * const order: JsonValue = { id: 7, lines: ['bolts', null] }
 * ```
 */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | JsonValue[]
  | { [key: string]: JsonValue }

/** JSON text that is put into a message as it is. */
export class Raw {
  constructor(readonly text: string) {}
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The bytes a text takes on the wire. */
export function utf8Length(text: string): number {
  let bytes = text.length
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit < 0x80) continue
    if (unit < 0x800) bytes += 1
    else if (unit >= 0xd800 && unit < 0xdc00) {
      // A surrogate pair is two units here and four bytes there.
      bytes += 2
      at++
    } else bytes += 2
  }
  return bytes
}
