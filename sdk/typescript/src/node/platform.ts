/** What Node has; the only file that asks for the environment. */

import { readFileSync } from 'node:fs'
import { hostname, release, type } from 'node:os'
import type { Platform } from '../platform.ts'
import { NodeChannelReader, NodeChannelWriter } from './channel.ts'
import { nodeDial } from './socket.ts'

function env(name: string): string | undefined {
  const value = process.env[name]
  return value === undefined || value.trim() === '' ? undefined : value.trim()
}

export const nodePlatform: Platform = {
  runtime: 'node',
  os: `${type()} ${release()}`,
  pid: process.pid,
  env,
  workerName: () => env('III_WORKER_NAME') ?? `${hostname() || 'worker'}:${process.pid}`,
  dial(address, options, limits) {
    const file = env('III_CA_FILE')
    return nodeDial(address, {
      token: options.token ?? env('III_TOKEN'),
      headers: options.headers,
      ca: options.ca ?? (file === undefined ? undefined : readFileSync(file)),
      inboundBytesMax: limits.inboundBytesMax,
    })
  },
  openReader: (end) => new NodeChannelReader(end),
  openWriter: (end) => new NodeChannelWriter(end),
}
