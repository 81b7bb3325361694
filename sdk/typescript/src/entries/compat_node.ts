/** The shape of the published package, in Node. @module */
import { compatible, type IIIClient } from '../compat.ts'
import { registerWorker as register } from '../node.ts'
import type { InitOptions } from '../options.ts'

export type { IIIClient, RemoteFunctionHandler } from '../compat.ts'
export * from '../node.ts'

/**
 * {@link register}, for programs whose handlers take `(input, metadata)`.
 *
 * @example
 * ```ts
 * import { registerWorker } from 'iii-kit/compat'
 * const iii = registerWorker('ws://localhost:49134', { workerName: 'orders' })
 * iii.registerFunction('orders::tenant', async (_order, metadata) => metadata?.tenant)
 * ```
 */
export function registerWorker(address?: string, options: InitOptions = {}): IIIClient {
  return compatible(register(address, options))
}
