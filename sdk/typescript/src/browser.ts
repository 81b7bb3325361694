/**
 * The entry for browsers, and for runtimes that follow them.
 *
 * @module
 */

import './browser_telemetry.ts'
import { browserPlatform } from './browser_platform.ts'
import type { InitOptions } from './options.ts'
import { registerWorkerOn } from './register_worker.ts'
import type { IIIClient } from './types.ts'

export { type Http, http } from './http.ts'
export * from './main.ts'
export { DEFAULT_ENGINE_URL } from './register_worker.ts'

/**
 * Connects a worker to its engine. The connection is made in the background, and again whenever it
 * breaks.
 *
 * @example
 * ```ts
 * import { registerWorker } from 'iii-kit'
 * const iii = registerWorker('ws://localhost:49134', { workerName: 'page' })
 * await iii.registerFunction('page::title', async (title: string) => {
 *   document.title = title
 * })
 * ```
 */
export function registerWorker(address?: string, options: InitOptions = {}): IIIClient {
  return registerWorkerOn(browserPlatform, address, options)
}
