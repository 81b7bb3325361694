/** References to channel ends, as they travel in payloads. */

import { isObject } from '../json.ts'
import type { Direction } from '../transport/transport.ts'

/**
 * A reference to one end of a channel: plain JSON that may stand anywhere in a payload. It is good
 * for one attach. Keep its key out of logs.
 */
export interface StreamChannelRef {
  channel_id: string
  access_key: string
  direction: Direction
}

/**
 * Which end of a channel a reference is for.
 *
 * @example
 * ```ts
 * import { ChannelDirection } from 'iii-kit/helpers'
 * ChannelDirection.Read // 'read'
 * ```
 */
export const ChannelDirection = { Read: 'read', Write: 'write' } as const
export type ChannelDirection = Direction

/** Something that was read from a channel. */
export type ChannelItem = { type: 'text'; value: string } | { type: 'binary'; value: Uint8Array }

/**
 * Makes items.
 *
 * @example
 * ```ts
 * import { ChannelItem } from 'iii-kit/helpers'
 * ChannelItem.Text('begin') // { type: 'text', value: 'begin' }
 * ```
 */
export const ChannelItem = {
  Text: (value: string): ChannelItem => ({ type: 'text', value }),
  Binary: (value: Uint8Array): ChannelItem => ({ type: 'binary', value }),
} as const

/**
 * Whether a value is a reference to a channel end.
 *
 * @example
 * ```ts
 * import { isChannelRef } from 'iii-kit/helpers'
 * isChannelRef({ channel_id: 'c', access_key: 'k', direction: 'read' }) // true
 * ```
 */
export function isChannelRef(value: unknown): value is StreamChannelRef {
  return (
    isObject(value) &&
    typeof value.channel_id === 'string' &&
    typeof value.access_key === 'string' &&
    (value.direction === 'read' || value.direction === 'write')
  )
}

/**
 * All references in a value, each with its path.
 *
 * @example
 * ```ts
 * import { extractChannelRefs } from 'iii-kit/helpers'
 * const ref = { channel_id: 'c', access_key: 'k', direction: 'read' }
 * extractChannelRefs({ files: [ref] }) // [['files[0]', ref]]
 * ```
 */
export function extractChannelRefs(data: unknown): [string, StreamChannelRef][] {
  const found: [string, StreamChannelRef][] = []
  collect(data, '', found)
  return found
}

function collect(value: unknown, path: string, found: [string, StreamChannelRef][]): void {
  if (isChannelRef(value)) found.push([path, value])
  else if (Array.isArray(value)) {
    for (const [at, item] of value.entries()) collect(item, `${path}[${at}]`, found)
  } else if (isObject(value)) {
    for (const [name, field] of Object.entries(value)) {
      collect(field, path === '' ? name : `${path}.${name}`, found)
    }
  }
}

/**
 * Puts what `open` makes of them in the place of all references in a value. It is made when it is
 * first looked at: an end that nobody uses is none.
 */
export function replaceChannelRefs(
  value: unknown,
  open: (ref: StreamChannelRef) => unknown,
): unknown {
  if (isChannelRef(value)) return open(value)
  if (typeof value !== 'object' || value === null) return value
  for (const [name, field] of Object.entries(value)) {
    if (isChannelRef(field)) defineLazily(value, name, () => open(field))
    else replaceChannelRefs(field, open)
  }
  return value
}

function defineLazily(target: object, name: string, make: () => unknown): void {
  let made: { value: unknown } | undefined
  const settle = (value: unknown) => {
    const whole = { value, enumerable: true, configurable: true, writable: true }
    Object.defineProperty(target, name, whole)
    return value
  }
  Object.defineProperty(target, name, {
    enumerable: true,
    configurable: true,
    // Descriptors may be kept and asked again.
    get: () => {
      made ??= { value: make() }
      return settle(made.value)
    },
    set: settle,
  })
}
