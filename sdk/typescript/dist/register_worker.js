/** From an address to a client. */
import { Client } from './client.js';
/**
 * Where an engine listens that was not told otherwise.
 *
 * @example
 * ```ts
 * import { DEFAULT_ENGINE_URL, registerWorker } from 'iii-kit'
 * registerWorker(DEFAULT_ENGINE_URL, { workerName: 'orders' })
 * ```
 */
export const DEFAULT_ENGINE_URL = 'ws://127.0.0.1:49134';
export function registerWorkerOn(platform, address, options) {
    const url = address ?? platform.env('III_URL') ?? DEFAULT_ENGINE_URL;
    return new Client({ platform, options, dial: (limits) => platform.dial(url, options, limits) });
}
