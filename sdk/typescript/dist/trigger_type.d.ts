/** Trigger types: events that functions can be bound to. */
import type { RegisterTrigger } from './message.ts';
import type { CanTrigger } from './trigger.ts';
/** What a provider of a trigger type is handed. */
export interface TriggerConfig<Config = unknown> {
    /** The engine's name for the trigger. */
    readonly id: string;
    readonly trigger_type: string;
    /** The function to call. */
    readonly function_id: string;
    readonly config: Config;
    /** Goes with every call of the function. */
    readonly metadata?: Record<string, unknown>;
    /** Where the function is. */
    readonly namespace?: string;
}
/** How a trigger is fired. */
export interface FireOptions {
    /** For the condition and the function together, in milliseconds. */
    timeoutMs?: number;
    signal?: AbortSignal;
    /** Which delivery this is, from 1. */
    attempt?: number;
}
/** What became of a firing. */
export type Fired = {
    readonly blocked: false;
    readonly result: unknown;
} | {
    readonly blocked: true;
};
/**
 * Provides a trigger type.
 *
 * @example
 * ```ts
 * import { type BoundTrigger, registerWorker } from 'iii-kit'
 * const iii = registerWorker('ws://localhost:49134', { workerName: 'bells' })
 * const bound = new Map<string, BoundTrigger<{ volume: number }>>()
 * iii.registerTriggerType<{ volume: number }>(
 *   { id: 'bell', description: 'rings' },
 *   {
 *     registerTrigger: async (trigger) => void bound.set(trigger.id, trigger),
 *     unregisterTrigger: async (trigger) => void bound.delete(trigger.id),
 *   },
 * )
 * for (const trigger of bound.values()) await trigger.fire({ loud: trigger.config.volume > 3 })
 * ```
 */
export interface TriggerHandler<Config = unknown> {
    /** Serve this trigger; throwing refuses it. */
    registerTrigger(trigger: BoundTrigger<Config>): Promise<void> | void;
    /** Serve it no longer. */
    unregisterTrigger(trigger: BoundTrigger<Config>): Promise<void> | void;
}
/** What firing needs of the client. */
export interface FiringHost extends CanTrigger {
    readonly callTimeoutMs: number;
    now(): number;
}
/**
 * A trigger that this worker serves.
 *
 * @example
 * ```ts
 * import type { BoundTrigger } from 'iii-kit'
 * async function ring(trigger: BoundTrigger) {
 *   const fired = await trigger.fire({ ding: 1 })
 *   return fired.blocked ? 'its condition said no' : fired.result
 * }
 * ```
 */
export declare class BoundTrigger<Config = unknown> implements TriggerConfig<Config> {
    #private;
    readonly id: string;
    readonly trigger_type: string;
    readonly function_id: string;
    readonly config: Config;
    readonly metadata?: Record<string, unknown>;
    readonly namespace?: string;
    /** @internal */
    constructor(trigger: RegisterTrigger, client: FiringHost);
    /** Asks the trigger's condition, and calls the function unless it says `false`. */
    fire(payload: unknown, options?: FireOptions): Promise<Fired>;
    /** {@link BoundTrigger.fire} without waiting for the function; whether it was called. */
    fireVoid(payload: unknown, options?: FireOptions): Promise<boolean>;
}
/** The condition of a configuration. Throws when what it names cannot be a function. */
export declare function conditionOf(config: unknown): string | undefined;
