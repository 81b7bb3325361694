/** Channels. @module */

export { ChannelReader } from '../channel/reader.ts'
export type { StreamChannelRef } from '../channel/refs.ts'
export { ChannelWriter } from '../channel/writer.ts'
export type { Channel } from '../helpers.ts'
