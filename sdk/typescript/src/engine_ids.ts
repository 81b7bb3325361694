/** Names of the engine's own functions and trigger types. */

/**
 * Functions of the engine itself, in the namespace `default`.
 *
 * @example
 * ```ts
 * import { EngineFunctions, registerWorker } from 'iii-kit'
 * const iii = registerWorker('ws://localhost:49134')
 * const catalog = await iii.trigger({ function_id: EngineFunctions.LIST_FUNCTIONS, payload: {} })
 * ```
 */
export const EngineFunctions = {
  LIST_FUNCTIONS: 'engine::functions::list',
  INFO_FUNCTIONS: 'engine::functions::info',
  LIST_WORKERS: 'engine::workers::list',
  INFO_WORKERS: 'engine::workers::info',
  LIST_TRIGGERS: 'engine::triggers::list',
  INFO_TRIGGERS: 'engine::triggers::info',
  LIST_REGISTERED_TRIGGERS: 'engine::registered-triggers::list',
  INFO_REGISTERED_TRIGGERS: 'engine::registered-triggers::info',
  REGISTER_WORKER: 'engine::workers::register',
} as const

/**
 * Trigger types of the engine itself.
 *
 * @example
 * ```ts
 * import { EngineTriggers, registerWorker } from 'iii-kit'
 * const iii = registerWorker('ws://localhost:49134', { workerName: 'catalog' })
 * iii.registerFunction('catalog::changed', async (event: { functions: unknown[] }) => {
 *   console.error(event.functions.length)
 * })
 * iii.registerTrigger({
 *   type: EngineTriggers.FUNCTIONS_AVAILABLE,
 *   function_id: 'catalog::changed',
 * })
 * ```
 */
export const EngineTriggers = {
  FUNCTIONS_AVAILABLE: 'engine::functions-available',
  WORKERS_AVAILABLE: 'engine::workers-available',
  LOG: 'log',
} as const
