/** Invocations of this worker's functions. */
import { encode } from './codec.js';
import { Context } from './context.js';
import { thrownBody } from './errors.js';
import { Raw, utf8Length } from './json.js';
import { inSpan, otel } from './otel.js';
import { validate } from './schema.js';
import { inScope } from './scope.js';
import { newTrace } from './trace.js';
/** The invocations that run. */
export class Invocations {
    #running = new Map();
    /** Those of earlier connections: nobody waits for them, but they still take room. */
    #orphans = 0;
    #waitingIdle = [];
    #connection;
    #registry;
    #limits;
    #host;
    #development;
    constructor(parts) {
        this.#connection = parts.connection;
        this.#registry = parts.registry;
        this.#limits = parts.limits;
        this.#host = parts.host;
        this.#development = parts.development;
    }
    /** The engine calls a function; `text` is the message it came in. */
    invoked(invoke, text) {
        const id = invoke.invocation_id;
        if (id === undefined)
            return;
        const functionId = invoke.function_id;
        const offered = this.#registry.function(functionId);
        if (offered?.handler === undefined) {
            const [code, message] = offered === undefined
                ? ['function_not_found', `this worker does not offer \`${functionId}\``]
                : ['function_not_invokable', `\`${functionId}\` lives behind a URL`];
            return this.#fail(id, functionId, { code, message });
        }
        const max = this.#limits.invocationsMax;
        if (this.#running.size + this.#orphans >= max) {
            const message = `the worker runs \`invocationsMax\` (${max}) invocations already`;
            return this.#fail(id, functionId, { code: 'overloaded', message });
        }
        const context = new Context(id, invoke, traceOf(invoke), this.#host, this.#connection.epoch);
        const before = this.#host.channelsUsed;
        let input = invoke.data;
        // Nothing is walked through unless there is a reference somewhere.
        if (text.includes('"access_key"'))
            input = this.#host.openChannels(input, context);
        this.#run(offered, input, context, before);
    }
    #run(offered, input, context, before) {
        let result;
        try {
            result = inScope(context, () => execute(offered, input, context));
        }
        catch (error) {
            return this.#failed(context, error);
        }
        if (!isThenable(result))
            return this.#succeeded(context, result, before);
        this.#running.set(context.invocationId, context);
        result.then((value) => {
            if (this.#ended(context))
                this.#succeeded(context, value, before);
        }, (error) => {
            if (this.#ended(context))
                this.#failed(context, error);
        });
    }
    /** Takes a context out; whether anybody still waits for its result. */
    #ended(context) {
        const current = this.#running.get(context.invocationId) === context;
        if (current)
            this.#running.delete(context.invocationId);
        else
            this.#orphans -= 1;
        if (this.#waitingIdle.length > 0) {
            // The answer leaves first.
            queueMicrotask(() => this.#tellIdle());
        }
        return current;
    }
    #succeeded(context, value, before) {
        const { invocationId, functionId } = context;
        let text;
        try {
            text = JSON.stringify(value);
        }
        catch (error) {
            const message = `the result has no JSON form: ${thrownBody(error, false).message}`;
            return this.#fail(invocationId, functionId, { code: 'serialization_error', message });
        }
        const bytesMax = this.#limits.messageBytesMax;
        if (text !== undefined && text.length * 3 > bytesMax && utf8Length(text) > bytesMax) {
            const message = `the result has ${utf8Length(text)} bytes, the limit is ${bytesMax}`;
            return this.#fail(invocationId, functionId, { code: 'payload_too_large', message });
        }
        if (text?.includes('"access_key"'))
            context.usesChannels = true;
        const nothing = text === undefined || text === 'null';
        this.#connection.send(encode({
            type: 'invocationresult',
            invocation_id: invocationId,
            function_id: functionId,
            result: text === undefined ? undefined : new Raw(text),
            quiet: nothing && !context.usesChannels && this.#host.channelsUsed === before,
        }));
    }
    #failed(context, error) {
        this.#fail(context.invocationId, context.functionId, thrownBody(error, this.#development));
    }
    #fail(invocation_id, function_id, error) {
        this.#connection.send(encode({ type: 'invocationresult', invocation_id, function_id, error }));
    }
    /** The engine says that nobody waits for an invocation any more. */
    cancel(id, reason) {
        this.#running.get(id)?.cancel(reason);
    }
    /** Nobody waits for any invocation any more. */
    lost(reason) {
        const contexts = [...this.#running.values()];
        this.#running.clear();
        this.#orphans += contexts.length;
        for (const context of contexts)
            context.cancel(reason);
    }
    /** Resolves once nothing runs. */
    idle() {
        return new Promise((resolve) => {
            this.#waitingIdle.push(resolve);
            this.#tellIdle();
        });
    }
    #tellIdle() {
        if (this.#running.size + this.#orphans > 0)
            return;
        for (const resolve of this.#waitingIdle.splice(0))
            resolve();
    }
}
function execute(offered, input, context) {
    if (otel() === undefined)
        return call(offered, input, context);
    const work = () => call(offered, input, context);
    return inSpan(`execute ${context.functionId}`, context.trace, work);
}
function call(offered, input, context) {
    const handler = offered.handler;
    if (offered.input === undefined)
        return handler(input, context);
    const checked = validate(offered.input, input);
    if (checked instanceof Promise)
        return checked.then((value) => handler(value, context));
    return handler(checked, context);
}
function traceOf(invoke) {
    if (invoke.traceparent === undefined)
        return newTrace();
    const { traceparent, tracestate, baggage } = invoke;
    return { traceparent, tracestate, baggage };
}
function isThenable(value) {
    return (typeof value === 'object' &&
        value !== null &&
        typeof value.then === 'function');
}
