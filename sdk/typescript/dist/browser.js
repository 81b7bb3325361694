/**
 * The entry for browsers, and for runtimes that follow them.
 *
 * @module
 */
import { browserPlatform } from './browser_platform.js';
import { registerWorkerOn } from './register_worker.js';
export { http } from './http.js';
export * from './main.js';
export { DEFAULT_ENGINE_URL } from './register_worker.js';
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
export function registerWorker(address, options = {}) {
    return registerWorkerOn(browserPlatform, address, options);
}
