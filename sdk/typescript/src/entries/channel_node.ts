/** Channels, in Node. @module */

export type { StreamChannelRef } from '../channel/refs.ts'
export {
  NodeChannelReader as ChannelReader,
  NodeChannelWriter as ChannelWriter,
} from '../node/channel.ts'
export type { Channel } from '../node/helpers.ts'
