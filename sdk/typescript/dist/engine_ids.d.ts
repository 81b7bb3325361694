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
export declare const EngineFunctions: {
    readonly LIST_FUNCTIONS: 'engine::functions::list';
    readonly INFO_FUNCTIONS: 'engine::functions::info';
    readonly LIST_WORKERS: 'engine::workers::list';
    readonly INFO_WORKERS: 'engine::workers::info';
    readonly LIST_TRIGGERS: 'engine::triggers::list';
    readonly INFO_TRIGGERS: 'engine::triggers::info';
    readonly LIST_REGISTERED_TRIGGERS: 'engine::registered-triggers::list';
    readonly INFO_REGISTERED_TRIGGERS: 'engine::registered-triggers::info';
    readonly REGISTER_WORKER: 'engine::workers::register';
};
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
export declare const EngineTriggers: {
    readonly FUNCTIONS_AVAILABLE: 'engine::functions-available';
    readonly WORKERS_AVAILABLE: 'engine::workers-available';
    readonly LOG: 'log';
};
