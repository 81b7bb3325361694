/** Channel references made without a call. */

import type { StreamChannelRef } from './refs.ts'

/** Both references of one channel. */
export interface ChannelRefs {
  readonly writer: StreamChannelRef
  readonly reader: StreamChannelRef
}

/** Channels of one millisecond are told apart by a counter below this. */
const COUNTER = 65_536

/** The number of a channel: how old the connection is, and a counter. */
export function channelNumber(ageMs: number, counter: number): string {
  return (BigInt(Math.floor(ageMs)) * BigInt(COUNTER) + BigInt(counter % COUNTER)).toString()
}

/**
 * References to the channel `<worker_id>.<n>`. The engine recognises them by the secret it gave
 * this connection; each end's key is one half of the digest.
 */
export async function mint(secret: Uint8Array, id: string): Promise<ChannelRefs> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  const key = await crypto.subtle.importKey('raw', copy(secret), algorithm, false, ['sign'])
  const signed = await crypto.subtle.sign('HMAC', key, copy(new TextEncoder().encode(id)))
  const digest = Array.from(new Uint8Array(signed), (byte) => byte.toString(16).padStart(2, '0'))
  const reference = (direction: 'read' | 'write', half: string[]): StreamChannelRef => ({
    channel_id: id,
    access_key: half.join(''),
    direction,
  })
  return {
    reader: reference('read', digest.slice(0, 16)),
    writer: reference('write', digest.slice(16)),
  }
}

/** Memory of its own, as the platform wants it. */
function copy(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer
}

/** Reads base64; nothing when it is none. */
export function fromBase64(text: string): Uint8Array | undefined {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
  } catch {
    return undefined
  }
}
