/** One end of a channel, attached when it is first used. */

import { ChannelError } from '../errors.ts'
import type { Limits } from '../limits.ts'
import { type Closed, type Dial, DialError, type Socket } from '../transport/transport.ts'
import { ChannelItem, type StreamChannelRef } from './refs.ts'

/** The close codes of channels. */
export const CLOSE = { finished: 1000, aborted: 4001, readerGone: 4002, expired: 4003 } as const

/** Bytes on their way above which a writer waits. */
const WRITE_HIGH_BYTES = 256 * 1024

/** Frames after which a writer that never has to wait lets others have a turn. */
const TURN_FRAMES = 32

/**
 * What comes in is only heard when the event loop gets its turn. A loop of writes that the system
 * takes at once never gives it one, and would not hear that its reader has gone. Browsers queue
 * everything until the turn ends, so that such a loop has to wait there.
 */
const { setImmediate: nextTurn } = globalThis as { setImmediate?: (work: () => void) => unknown }

type Taken = { item: ChannelItem } | { error: ChannelError } | { end: true }

/** What ends are made of. */
export interface EndParts {
  readonly dial: Dial
  readonly limits: Limits
  readonly ref: StreamChannelRef
  /** Ends that are attached, to be given up with their client. */
  readonly open: Set<ChannelEnd>
}

export class ChannelEnd {
  readonly ref: StreamChannelRef
  readonly #dial: Dial
  readonly #limits: Limits
  readonly #open: Set<ChannelEnd>
  #attaching: Promise<void> | undefined
  #socket: Socket | undefined
  /** Frames that nobody has taken yet. */
  #items: ChannelItem[] = []
  #bytes = 0
  #paused = false
  #takers: ((taken: Taken) => void)[] = []
  #onText: ((text: string) => void)[] = []
  #drained: (() => void)[] = []
  /** Frames since the writer had to wait. */
  #frames = 0
  /** How it ended, once it has. */
  #over: { error: ChannelError | undefined } | undefined
  #closing = false
  #onClosed: (() => void)[] = []

  constructor(parts: EndParts) {
    this.ref = parts.ref
    this.#dial = parts.dial
    this.#limits = parts.limits
    this.#open = parts.open
  }

  /** Whether this end was used, ever. */
  get used(): boolean {
    return this.#attaching !== undefined || this.#over !== undefined
  }

  attach(): Promise<void> {
    if (this.#over !== undefined) return Promise.reject(this.#over.error ?? closedHere())
    this.#attaching ??= this.#attach()
    return this.#attaching
  }

  async #attach(): Promise<void> {
    const { channel_id: id, access_key: key, direction } = this.ref
    const dialling = AbortSignal.timeout(this.#limits.greetingTimeoutMs)
    let socket: Socket
    try {
      socket = await this.#dial.dial({ kind: 'channel', id, key, direction }, dialling)
    } catch (error) {
      // A reference is good for one attempt.
      const failure = attachError(error)
      this.#end(failure)
      throw failure
    }
    if (this.#over !== undefined) {
      socket.terminate()
      throw this.#over.error ?? closedHere()
    }
    this.#socket = socket
    this.#open.add(this)
    socket.start({
      message: (data) => this.#take(data),
      alive: () => undefined,
      drained: () => {
        for (const resume of this.#drained.splice(0)) resume()
      },
      closed: (closed) => this.#end(ending(closed, this.#closing)),
    })
  }

  /** The next frame; nothing at the end of the stream. An abort rejects. */
  async next(): Promise<ChannelItem | undefined> {
    if (this.#items.length === 0 && this.#over === undefined) await this.attach()
    const item = this.#items.shift()
    if (item !== undefined) {
      this.#gave(item)
      return item
    }
    if (this.#over !== undefined) {
      if (this.#over.error !== undefined) throw this.#over.error
      return undefined
    }
    const taken = await new Promise<Taken>((resolve) => this.#takers.push(resolve))
    if ('error' in taken) throw taken.error
    return 'item' in taken ? taken.item : undefined
  }

  /** Hands every text frame to `callback` when it arrives, instead of to whoever reads. */
  onText(callback: (text: string) => void): void {
    this.#onText.push(callback)
    const texts = this.#items.filter((item) => item.type === 'text')
    this.#items = this.#items.filter((item) => item.type === 'binary')
    for (const text of texts) {
      this.#gave(text)
      callback(text.value)
    }
    // Whoever reads is told when that fails.
    this.attach().catch(() => undefined)
  }

  /** Sends a frame; resolves when there is room for another. */
  async send(data: string | Uint8Array): Promise<void> {
    if (this.#closing) throw closedHere()
    if (this.#socket === undefined || this.#over !== undefined) await this.attach()
    if (this.#over !== undefined) throw this.#over.error ?? closedHere()
    const socket = this.#socket as Socket
    socket.send(data)
    this.#frames++
    const isFull = socket.queuedBytes > WRITE_HIGH_BYTES
    if (!isFull && (nextTurn === undefined || this.#frames < TURN_FRAMES)) return
    this.#frames = 0
    await new Promise<void>((resolve) => {
      if (isFull) this.#drained.push(resolve)
      else nextTurn?.(resolve)
    })
    // `send` of another turn may have changed it meanwhile.
    const over = this.#over as { error: ChannelError | undefined } | undefined
    if (over?.error !== undefined) throw over.error
  }

  /** Says farewell, unless the end has come already; resolves when the peer has heard it. */
  async close(code: number): Promise<void> {
    if (this.#over !== undefined) {
      if (this.#over.error !== undefined && code === CLOSE.finished) throw this.#over.error
      return
    }
    if (this.#closing) return
    this.#closing = true
    const ended = new Promise<void>((resolve) => this.#onClosed.push(resolve))
    this.#socket?.resume()
    this.#socket?.close(code, '')
    await ended
  }

  /** The client ends: the other side is told that this is no proper end. */
  giveUp(): void {
    const code = this.ref.direction === 'write' ? CLOSE.aborted : CLOSE.readerGone
    void this.close(code)
  }

  /** Ends it without a word; for ends that were never attached. */
  drop(): void {
    if (this.#attaching === undefined) this.#end(undefined)
  }

  #take(data: string | Uint8Array): void {
    const item = typeof data === 'string' ? ChannelItem.Text(data) : ChannelItem.Binary(data)
    if (this.ref.direction === 'write' || this.#closing) return
    if (item.type === 'text' && this.#onText.length > 0) {
      for (const callback of this.#onText) callback(item.value)
      return
    }
    const taker = this.#takers.shift()
    if (taker !== undefined) return taker({ item })
    this.#items.push(item)
    this.#bytes += item.value.length
    if (this.#paused || this.#bytes <= this.#limits.channelBufferBytesMax) return
    this.#paused = this.#socket?.pause() ?? false
    if (!this.#paused) {
      // Where reading cannot be paused, memory is what has to be protected.
      this.#socket?.close(CLOSE.readerGone, '')
      const message = 'the channel carried more than `channelBufferBytesMax` before it was read'
      this.#end(new ChannelError('overloaded', message))
    }
  }

  #gave(item: ChannelItem): void {
    this.#bytes -= item.value.length
    if (this.#paused && this.#bytes <= this.#limits.channelBufferBytesMax / 2) {
      this.#paused = false
      this.#socket?.resume()
    }
  }

  #end(error: ChannelError | undefined): void {
    if (this.#over !== undefined) return
    this.#over = { error }
    this.#open.delete(this)
    for (const taker of this.#takers.splice(0)) taker(error ? { error } : { end: true })
    for (const resume of this.#drained.splice(0)) resume()
    for (const resolve of this.#onClosed.splice(0)) resolve()
  }
}

function closedHere(): ChannelError {
  return new ChannelError('channel_aborted', 'this end of the channel is closed')
}

function attachError(error: unknown): ChannelError {
  const status = error instanceof DialError ? error.status : undefined
  if (status === 403 || status === 404 || status === 410) {
    const message = 'the channel is unknown, or its key is wrong, used or expired'
    return new ChannelError('channel_not_found', message)
  }
  const message = error instanceof Error ? error.message : String(error)
  return new ChannelError('connection_lost', message)
}

/** What the end of a stream means to whoever waits; nothing is its proper end. */
function ending(closed: Closed, closing: boolean): ChannelError | undefined {
  if (closing) return undefined
  if (closed.clean && (closed.code === undefined || closed.code === CLOSE.finished))
    return undefined
  if (closed.clean && closed.code === CLOSE.expired) {
    return new ChannelError('channel_not_found', 'nobody came to the other end of the channel')
  }
  const message = 'the other end of the channel gave up or vanished before the end of the stream'
  return new ChannelError('channel_aborted', message)
}
