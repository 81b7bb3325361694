/** What browsers have. */

import { ChannelReader } from './channel/reader.ts'
import { ChannelWriter } from './channel/writer.ts'
import type { Platform } from './platform.ts'
import { webSocketDial } from './transport/ws.ts'

/** A page has no name of its own that lasts. */
const NAME = `browser:${Math.random().toString(36).slice(2, 10)}`

export const browserPlatform: Platform = {
  runtime: 'browser',
  os: globalThis.navigator?.userAgent ?? 'browser',
  pid: undefined,
  env: () => undefined,
  workerName: () => NAME,
  dial: (address, options) => webSocketDial(address, options.token),
  openReader: (end) => new ChannelReader(end),
  openWriter: (end) => new ChannelWriter(end),
}
