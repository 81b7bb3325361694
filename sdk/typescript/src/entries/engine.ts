/** Names of the engine's own functions and trigger types. @module */
export { EngineFunctions, EngineTriggers } from '../engine_ids.ts'
export type { Handler as RemoteFunctionHandler } from '../types.ts'
