/**
 * The entry for Node.
 *
 * @module
 */
import './node/scope.js';
import { nodePlatform } from './node/platform.js';
import { registerWorkerOn } from './register_worker.js';
export * from './main.js';
export { NodeChannelReader, NodeChannelWriter } from './node/channel.js';
export { http } from './node/http.js';
export { DEFAULT_ENGINE_URL } from './register_worker.js';
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
export function registerWorker(address, options = {}) {
    return registerWorkerOn(nodePlatform, address, options);
}
