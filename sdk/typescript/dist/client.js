/** The client: puts the parts together and hands messages to them. */
import { Calling } from './calling.js';
import { ChannelEnd } from './channel/end.js';
import { channelNumber, fromBase64, mint } from './channel/mint.js';
import { replaceChannelRefs } from './channel/refs.js';
import { systemClock } from './clock.js';
import { encode } from './codec.js';
import { Connection } from './connection/connection.js';
import { introduction } from './connection/introduction.js';
import { rejection } from './connection/rejection.js';
import { InvocationError } from './errors.js';
import { Calls } from './inflight.js';
import { Invocations } from './invocations.js';
import { LIMITS } from './limits.js';
import { defaultSink } from './logger.js';
import { checkNamespace } from './options.js';
import { Providers } from './providers.js';
import { Registering } from './registering.js';
import { Registry } from './registry.js';
import { announced } from './schema.js';
import { currentScope } from './scope.js';
/** Where the first calls of every client wait for an answer that comes in order. */
const BARRIER = { function_id: 'engine::triggers::info', payload: { id: '' }, timeoutMs: 1000 };
export class Client {
    logSink;
    registerFunction;
    trigger;
    #platform;
    #options;
    #limits;
    #clock;
    #dial;
    #connection;
    #calls;
    #calling;
    #registry;
    #providers;
    #registering;
    #invocations;
    #listeners = new Set();
    #greeting;
    #previous;
    #fatal;
    #draining = false;
    #stopping;
    #channels = 0;
    channelsUsed = 0;
    constructor({ platform, options, dial, clock = systemClock }) {
        this.#platform = platform;
        this.#options = options;
        this.#clock = clock;
        this.logSink = options.log ?? defaultSink;
        this.#limits = limitsOf(options);
        this.#dial = dial(this.#limits);
        const namespace = checkNamespace(options.namespace) ?? platform.env('III_NAMESPACE');
        const [limits, log] = [this.#limits, this.logSink];
        const connection = this.#connect(limits, log);
        this.#connection = connection;
        this.#calls = new Calls(connection, limits, clock);
        this.#calling = new Calling({ calls: this.#calls, host: this, limits, namespace });
        this.#registry = new Registry(connection, limits, log);
        this.#providers = new Providers(connection, this, limits, log);
        this.#registering = new Registering({
            registry: this.#registry,
            providers: this.#providers,
            clock,
            limits,
            log,
            namespace,
            ended: () => (this.#over ? this.#endError() : undefined),
        });
        const development = options.development ?? platform.env('NODE_ENV') === 'development';
        const registry = this.#registry;
        this.#invocations = new Invocations({ connection, registry, limits, host: this, development });
        this.registerFunction = this.#registering.function;
        this.trigger = ((request) => this.#calling.call(currentScope(), request));
        connection.start();
    }
    #connect(limits, log) {
        return new Connection({
            dial: this.#dial,
            limits,
            clock: this.#clock,
            log,
            retriesMax: this.#options.reconnectionConfig?.maxRetries ?? -1,
            events: {
                greeted: (greeting) => this.#greeted(greeting),
                received: (message, text) => this.#received(message, text),
                malformed: (error) => this.#malformed(error),
                lost: () => this.#lost(),
                opened: () => this.#calls.opened(),
                failed: (error) => this.#failed(error),
                stateChanged: (state) => this.#stateChanged(state),
            },
        });
    }
    // === what programs call ===
    registerTrigger(trigger) {
        return this.#registering.trigger(trigger);
    }
    registerTriggerType(input, handler) {
        const formats = {
            trigger_request_format: announced(input.trigger_request_format),
            call_request_format: announced(input.call_request_format),
        };
        return this.#registering.triggerType({ ...input, ...formats }, handler);
    }
    unregisterTriggerType({ id }) {
        this.#providers.retire(id);
    }
    openReader(ref) {
        return this.#platform.openReader(this.#end(ref));
    }
    openWriter(ref) {
        const invocation = currentScope()?.invocation;
        if (invocation === undefined)
            this.channelsUsed += 1;
        else
            invocation.usesChannels = true;
        return this.#platform.openWriter(this.#end(ref));
    }
    async mintChannelRefs(buffer) {
        await this.connected();
        const greeting = this.#greeting;
        if (greeting?.secret === undefined || globalThis.crypto?.subtle === undefined) {
            const payload = { buffer_size: buffer };
            return this.trigger({ function_id: 'engine::channels::create', payload });
        }
        this.#channels += 1;
        const number = channelNumber(this.#clock.now() - greeting.at, this.#channels);
        const frames = buffer === undefined ? '' : `.${buffer}`;
        return mint(greeting.secret, `${greeting.workerId}.${number}${frames}`);
    }
    async connected() {
        if (this.#connection.live)
            return;
        if (this.#over)
            throw this.#endError();
        this.#connection.hold();
        try {
            await new Promise((resolve, reject) => {
                const stop = this.addConnectionStateListener((state) => {
                    if (state !== 'connected' && !this.#over)
                        return;
                    stop();
                    if (state === 'connected')
                        resolve();
                    else
                        reject(this.#endError());
                });
            });
        }
        finally {
            this.#connection.release();
        }
    }
    getConnectionState() {
        return this.#connection.state;
    }
    addConnectionStateListener(listener) {
        this.#listeners.add(listener);
        return () => this.#listeners.delete(listener);
    }
    getAddress() {
        return this.#dial.address;
    }
    getFatalError() {
        return this.#fatal;
    }
    shutdown({ drainTimeoutMs = this.#limits.drainTimeoutMs } = {}) {
        this.#stopping ??= this.#shutdown(drainTimeoutMs);
        return this.#stopping;
    }
    // === what its parts need of it ===
    get callTimeoutMs() {
        return this.#limits.callTimeoutMs;
    }
    now() {
        return this.#clock.now();
    }
    wall() {
        return this.#clock.wall();
    }
    callWithin(context, request) {
        return this.#calling.call(context, request);
    }
    openChannels(input, context) {
        return replaceChannelRefs(input, (ref) => {
            if (ref.direction === 'read')
                return this.openReader(ref);
            context.usesChannels = true;
            return this.#platform.openWriter(this.#end(ref));
        });
    }
    // === what happens ===
    get #over() {
        const { state } = this.#connection;
        return state === 'failed' || state === 'disconnected';
    }
    #end(ref) {
        return new ChannelEnd({ dial: this.#dial, limits: this.#limits, ref });
    }
    #greeted(greeting) {
        const connection = this.#connection;
        if (this.#previous !== undefined) {
            const { worker_id: previous_worker_id, reattach_token } = this.#previous;
            connection.send(encode({ type: 'reattach', previous_worker_id, reattach_token }));
        }
        this.#previous = greeting;
        connection.send(encode(introduction(this.#platform, this.#options, this.#calling.namespace)));
        if (this.#draining)
            connection.send(encode({ type: 'drain' }));
        else {
            this.#providers.announceAll();
            this.#registry.announceAll();
        }
        const secret = greeting.channel_secret;
        this.#greeting = {
            workerId: greeting.worker_id,
            secret: secret === undefined ? undefined : fromBase64(secret),
            at: this.#clock.now(),
        };
        this.#calls.opened();
    }
    #received(message, text) {
        switch (message.type) {
            case 'invokefunction':
                return this.#invocations.invoked(message, text);
            case 'invocationresult':
                return this.#calls.answered(message);
            case 'cancelinvocation':
                return this.#invocations.cancel(message.invocation_id, message.reason ?? 'cancelled');
            case 'functionregistered':
                return this.#registry.functionRegistered(message.id);
            case 'triggertyperegistered':
                return this.#providers.registered(message.id);
            case 'registertrigger':
                return this.#providers.bind(message);
            case 'unregistertrigger':
                return this.#providers.unbind(message);
            case 'triggerregistrationresult':
                return this.#registry.triggerAnswered(message);
            case 'registrationrejected':
            case 'error':
                return rejection(message, this.#connection, this.#registry, this.#providers);
            case 'ping':
                return this.#connection.send(encode({ type: 'pong' }));
            case 'drain': {
                const data = { reason: message.reason };
                return this.logSink({
                    level: 'info',
                    message: 'the engine asks this worker to leave',
                    data,
                });
            }
            default:
                // The rest is for engines only, or an answer to nothing.
                return;
        }
    }
    /** Whoever waits for a message that could not be read is told. */
    #malformed({ invocationId, messageType, message }) {
        const data = { type: messageType, fault: message };
        this.logSink({ level: 'warn', message: 'unreadable message from the engine', data });
        if (invocationId === undefined)
            return;
        if (messageType === 'invocationresult') {
            this.#calls.end(invocationId, { code: 'deserialization_error', message });
        }
        else if (messageType === 'invokefunction') {
            const error = { code: 'invalid_message', message };
            const invocation_id = invocationId;
            this.#connection.send(encode({ type: 'invocationresult', invocation_id, error }));
        }
    }
    #lost() {
        this.#greeting = undefined;
        this.#invocations.lost('connection_lost');
        this.#calls.lost();
        this.#registry.lost();
        this.#providers.lost();
    }
    #failed(error) {
        this.#fatal = error;
        this.logSink({ level: 'error', message: error.message, data: { code: error.code } });
        this.#endAll('rejected');
    }
    #stateChanged(state) {
        for (const listener of [...this.#listeners])
            listener(state);
    }
    #endError() {
        if (this.#fatal !== undefined)
            return this.#fatal;
        return new InvocationError({ code: 'shutting_down', message: 'the client is shut down' });
    }
    #endAll(reason) {
        const error = () => this.#endError();
        this.#calls.endAll(error);
        this.#registry.endAll(error);
        this.#providers.endAll(error);
        this.#invocations.lost(reason);
    }
    async #shutdown(drainMs) {
        if (this.#over)
            return;
        const serves = this.#registry.offersFunctions && this.#connection.live;
        if (serves && drainMs > 0)
            await this.#drain(drainMs);
        if (this.#over)
            return;
        const closed = this.#connection.close('disconnected');
        this.#endAll('shutting_down');
        let timer;
        const patience = new Promise((resolve) => {
            timer = this.#clock.after(1000, resolve);
        });
        await Promise.race([closed, patience]);
        timer?.cancel();
    }
    /** No new calls; those that run may finish, for a while. */
    async #drain(drainMs) {
        this.#draining = true;
        this.#connection.send(encode({ type: 'drain' }));
        // What the engine sent before it knew has arrived when this is answered.
        await this.#calling.call(undefined, { ...BARRIER, detached: true }).catch(() => undefined);
        let timer;
        const patience = new Promise((resolve) => {
            timer = this.#clock.after(drainMs, resolve);
        });
        await Promise.race([this.#invocations.idle(), patience]);
        timer?.cancel();
    }
}
function limitsOf(options) {
    const { initialDelayMs, maxDelayMs } = options.reconnectionConfig ?? {};
    const limits = { ...LIMITS };
    if (initialDelayMs !== undefined)
        limits.reconnectFirstMs = initialDelayMs;
    if (maxDelayMs !== undefined)
        limits.reconnectMaxMs = maxDelayMs;
    if (options.invocationTimeoutMs !== undefined)
        limits.callTimeoutMs = options.invocationTimeoutMs;
    return { ...limits, ...options.limits };
}
