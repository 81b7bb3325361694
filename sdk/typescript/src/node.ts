/**
 * The entry for Node.
 *
 * @module
 */

import './node/scope.ts'
import './node/telemetry.ts'
import { nodePlatform } from './node/platform.ts'
import type { InitOptions } from './options.ts'
import { registerWorkerOn } from './register_worker.ts'
import type { IIIClient } from './types.ts'

export * from './main.ts'
export { NodeChannelReader, NodeChannelWriter } from './node/channel.ts'
export { http, type NodeHttp, type StreamRequest, type StreamResponse } from './node/http.ts'
export { DEFAULT_ENGINE_URL } from './register_worker.ts'

/**
 * Connects a worker to its engine. The connection is made in the background, and again whenever it
 * breaks. The process stays alive while something is registered or waits for an answer.
 *
 * @example
 * ```ts
 * import { registerWorker } from 'iii-kit'
 * const iii = registerWorker('ws://localhost:49134', { workerName: 'orders' })
 * await iii.registerFunction('orders::total', async (lines: { price: number }[]) =>
 *   lines.reduce((sum, line) => sum + line.price, 0),
 * )
 * ```
 */
export function registerWorker(address?: string, options: InitOptions = {}): IIIClient {
  return registerWorkerOn(nodePlatform, address, options)
}
