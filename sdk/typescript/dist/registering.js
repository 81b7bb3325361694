/** From a registration to its handle. */
import { Acknowledgement, checkId } from './registration.js';
import { announced, isStandardSchema } from './schema.js';
export class Registering {
    #parts;
    function;
    constructor(parts) {
        this.#parts = parts;
        this.function = ((id, handler, options) => this.#function(id, handler, options));
    }
    #function(id, handler, options = {}) {
        checkId(id);
        const local = typeof handler === 'function';
        const { request_format: request, response_format: response } = options;
        const announcement = {
            type: 'registerfunction',
            id,
            description: options.description,
            request_format: announced(request),
            response_format: announced(response),
            metadata: options.metadata,
            invocation: local ? undefined : handler,
            timeout_ms: options.timeout_ms,
            exclusive: options.exclusive === true ? true : undefined,
        };
        const acknowledgement = this.#acknowledgement(id);
        const { registry } = this.#parts;
        registry.addFunction({
            announcement,
            handler: local ? handler : undefined,
            input: isStandardSchema(request) ? request : undefined,
            acknowledgement,
        });
        return acknowledgement.awaitable({ id, unregister: () => registry.removeFunction(id) });
    }
    trigger(input) {
        checkId(input.type);
        checkId(input.function_id);
        const { registry, namespace } = this.#parts;
        const id = randomId();
        const acknowledgement = this.#acknowledgement(input.function_id);
        registry.addTrigger({
            announcement: {
                type: 'registertrigger',
                id,
                trigger_type: input.type,
                function_id: input.function_id,
                config: input.config ?? null,
                metadata: input.metadata,
                namespace: input.namespace ?? namespace,
                trigger_namespace: input.trigger_namespace,
            },
            acknowledgement,
        });
        return acknowledgement.awaitable({ id, unregister: () => registry.removeTrigger(id) });
    }
    triggerType(input, handler) {
        checkId(input.id);
        const { id, description, trigger_request_format, call_request_format, namespace } = input;
        const formats = { trigger_request_format, call_request_format };
        const acknowledgement = this.#acknowledgement(id);
        const { providers } = this.#parts;
        const announcement = { type: 'registertriggertype', id, description, ...formats };
        providers.add({ ...announcement, namespace }, handler, acknowledgement);
        const bind = (function_id, config, metadata) => this.trigger({ type: id, function_id, config, metadata, trigger_namespace: namespace });
        return acknowledgement.awaitable({
            id,
            registerTrigger: bind,
            registerFunction: (functionId, functionHandler, config, metadata) => {
                const handle = functionHandler;
                const ref = this.#function(functionId, handle);
                bind(functionId, config, metadata);
                return ref;
            },
            unregister: () => providers.retire(id),
        });
    }
    #acknowledgement(id) {
        const ended = this.#parts.ended();
        if (ended !== undefined)
            throw ended;
        const { clock, limits, log } = this.#parts;
        return new Acknowledgement(id, clock, limits.registrationTimeoutMs, log);
    }
}
function randomId() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
    const groups = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20)];
    return [...groups, hex.slice(20)].join('-');
}
