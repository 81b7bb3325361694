/** What differs between Node and browsers. */

import type { ChannelEnd } from './channel/end.ts'
import type { ChannelReader } from './channel/reader.ts'
import type { ChannelWriter } from './channel/writer.ts'
import type { Limits } from './limits.ts'
import type { InitOptions } from './options.ts'
import type { Dial } from './transport/transport.ts'

/** What differs between Node and browsers. */
export interface Platform {
  readonly runtime: 'node' | 'browser'
  readonly os: string
  readonly pid: number | undefined
  /** A variable of the environment, unless it is blank. */
  env(name: string): string | undefined
  /** What a worker without a name is called. */
  workerName(): string
  dial(address: string, options: InitOptions, limits: Limits): Dial
  openReader(end: ChannelEnd): ChannelReader
  openWriter(end: ChannelEnd): ChannelWriter
}
