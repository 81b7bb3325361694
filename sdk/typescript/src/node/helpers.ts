/** Channels with Node's streams, and streams that a worker keeps itself. */

import * as core from '../helpers.ts'
import type { NodeChannelReader, NodeChannelWriter } from './channel.ts'

export {
  ChannelDirection,
  ChannelItem,
  createStream,
  extractChannelRefs,
  isChannelRef,
} from '../helpers.ts'

/** A new channel. Use one end and hand the reference of the other on. */
export type Channel = core.Channel<NodeChannelWriter, NodeChannelReader>

/**
 * Makes a channel; `bufferSize` is in frames.
 *
 * @example
 * ```ts
 * import { registerWorker } from 'iii-kit'
 * import { createChannel } from 'iii-kit/helpers'
 * const { writer, readerRef } = await createChannel(registerWorker('ws://localhost:49134'))
 * writer.stream.end('id,name\n')
 * console.log(readerRef.channel_id)
 * ```
 */
export function createChannel(iii: core.ChannelHost, bufferSize?: number): Promise<Channel> {
  // In Node clients open no others.
  return core.createChannel(iii, bufferSize) as Promise<Channel>
}
