/** From an address to a client. */
import type { InitOptions } from './options.ts';
import type { Platform } from './platform.ts';
import type { IIIClient } from './types.ts';
/**
 * Where an engine listens that was not told otherwise.
 *
 * @example
 * ```ts
 * import { DEFAULT_ENGINE_URL, registerWorker } from 'iii-kit'
 * registerWorker(DEFAULT_ENGINE_URL, { workerName: 'orders' })
 * ```
 */
export declare const DEFAULT_ENGINE_URL = "ws://127.0.0.1:49134";
export declare function registerWorkerOn(platform: Platform, address: string | undefined, options: InitOptions): IIIClient;
