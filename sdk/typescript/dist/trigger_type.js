/** Trigger types: events that functions can be bound to. */
import { InvocationError } from './errors.js';
import { isObject } from './json.js';
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
export class BoundTrigger {
    id;
    trigger_type;
    function_id;
    config;
    metadata;
    namespace;
    #client;
    /** @internal */
    constructor(trigger, client) {
        this.id = trigger.id;
        this.trigger_type = trigger.trigger_type;
        this.function_id = trigger.function_id;
        this.config = trigger.config;
        if (trigger.metadata !== undefined) {
            this.metadata = trigger.metadata;
        }
        if (trigger.namespace !== undefined)
            this.namespace = trigger.namespace;
        this.#client = client;
    }
    /** Asks the trigger's condition, and calls the function unless it says `false`. */
    async fire(payload, options = {}) {
        const timeoutMs = options.timeoutMs ?? this.#client.callTimeoutMs;
        const began = this.#client.now();
        if (!(await this.#allowed(payload, { ...options, timeoutMs })))
            return { blocked: true };
        const left = timeoutMs - (this.#client.now() - began);
        const result = await this.#call(this.function_id, payload, { ...options, timeoutMs: left });
        return { blocked: false, result };
    }
    /** {@link BoundTrigger.fire} without waiting for the function; whether it was called. */
    async fireVoid(payload, options = {}) {
        if (!(await this.#allowed(payload, options)))
            return false;
        const { function_id, metadata } = this;
        const namespace = this.namespace ?? 'default';
        const { attempt } = options;
        const action = { type: 'void' };
        await this.#client.trigger({ function_id, payload, metadata, namespace, attempt, action });
        return true;
    }
    /** Only the literal `false` blocks; an error means not run. */
    async #allowed(payload, options) {
        const condition = conditionOf(this.config);
        return condition === undefined || (await this.#call(condition, payload, options)) !== false;
    }
    #call(function_id, payload, options) {
        return this.#client.trigger({
            function_id,
            payload,
            metadata: this.metadata,
            // Absent means the default namespace here, not the provider's own.
            namespace: this.namespace ?? 'default',
            ...options,
        });
    }
}
/** The condition of a configuration. Throws when what it names cannot be a function. */
export function conditionOf(config) {
    const condition = isObject(config) ? config.condition_function_id : undefined;
    if (condition === undefined || condition === null)
        return undefined;
    if (typeof condition === 'string' && condition.trim() !== '')
        return condition;
    // Firing without the condition would do what its author meant to prevent.
    const message = `\`condition_function_id\` is no function id: ${JSON.stringify(condition)}`;
    throw new InvocationError({ code: 'INVALID_ARGUMENTS', message });
}
