/** The writing end of a channel. */

import { CHANNEL_FRAME_BYTES } from '../limits.ts'
import { type ChannelEnd, CLOSE } from './end.ts'
import type { StreamChannelRef } from './refs.ts'

/**
 * Writes a channel. Attaches at the first write. Not closing it before the process ends is an
 * abort: the reader learns that the stream is incomplete.
 *
 * @example
 * ```ts
 * import { createChannel } from 'iii-kit/helpers'
 * import { registerWorker } from 'iii-kit'
 * const iii = registerWorker('ws://localhost:49134')
 * const { writer, readerRef } = await createChannel(iii)
 * const call = iii.trigger({ function_id: 'files::store', payload: { file: readerRef } })
 * await writer.write(new TextEncoder().encode('id,name\n'))
 * await writer.close()
 * await call
 * ```
 */
export class ChannelWriter {
  /** @internal */
  protected readonly end: ChannelEnd
  /** What was asked for before goes first. */
  #last: Promise<void> = Promise.resolve()
  #writable: WritableStream<Uint8Array> | undefined

  /** @internal */
  constructor(end: ChannelEnd) {
    this.end = end
  }

  /** Writes bytes, in frames of at most 64 KiB. Resolves when there is room for more. */
  write(data: Uint8Array): Promise<void> {
    return this.#next(async () => {
      for (let at = 0; at < data.length; at += CHANNEL_FRAME_BYTES) {
        await this.end.send(data.subarray(at, at + CHANNEL_FRAME_BYTES))
      }
    })
  }

  /** Writes a control message, in order with the bytes. */
  sendMessage(text: string): Promise<void> {
    return this.#next(() => this.end.send(text))
  }

  /** {@link ChannelWriter.write}. */
  sendBinary(data: Uint8Array): Promise<void> {
    return this.write(data)
  }

  /** Ends the stream in order, after everything written. */
  close(): Promise<void> {
    return this.#next(async () => {
      // A channel nothing was written to is attached for it, so that its reader sees the end.
      if (!this.end.used) await this.end.attach()
      await this.end.close(CLOSE.finished)
    })
  }

  /** Gives the stream up: the reader learns that it is incomplete. */
  async abort(): Promise<void> {
    try {
      await this.end.attach()
    } catch {
      return
    }
    await this.end.close(CLOSE.aborted)
  }

  /** This end as a web stream. Aborting it is an abort of the channel. */
  get writable(): WritableStream<Uint8Array> {
    this.#writable ??= new WritableStream<Uint8Array>({
      write: (chunk) => this.write(chunk),
      close: () => this.close(),
      abort: () => this.abort(),
    })
    return this.#writable
  }

  /** The reference this end was opened with. */
  toJSON(): StreamChannelRef {
    return this.end.ref
  }

  #next(work: () => Promise<void>): Promise<void> {
    const next = this.#last.then(work)
    this.#last = next.catch(() => undefined)
    // Programs of the published package do not await what they send.
    next.catch(() => undefined)
    return next
  }
}
