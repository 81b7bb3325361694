/** What a client looks like from outside. */
import type { ChannelRefs } from './channel/mint.ts';
import type { ChannelReader } from './channel/reader.ts';
import type { StreamChannelRef } from './channel/refs.ts';
import type { ChannelWriter } from './channel/writer.ts';
import type { IIIConnectionState } from './connection/connection.ts';
import type { Context } from './context.ts';
import type { RegistrationRejectedError } from './errors.ts';
import type { HttpInvocationConfig } from './http_invocation.ts';
import type { Registration } from './registration.ts';
import type { InputOf, JsonSchema, OutputOf, Schema } from './schema.ts';
import type { CanTrigger } from './trigger.ts';
import type { TriggerHandler } from './trigger_type.ts';
/** What runs when a function is called: its input, and what is known about the invocation. */
export type Handler<In = unknown, Out = unknown> = (input: In, context: Context) => Out | Promise<Out>;
/** What a function says about itself. */
export interface RegisterFunctionOptions<Request = JsonSchema, Response = JsonSchema> {
    /** One line for people and models. */
    description?: string;
    /** The input: zod or any other Standard Schema, which also checks it, or a JSON Schema. */
    request_format?: Request;
    /** The output. */
    response_format?: Response;
    /** JSON for whoever lists functions. */
    metadata?: Record<string, unknown>;
    /** Deadline of calls that bring none, in milliseconds. */
    timeout_ms?: number;
    /** Only the oldest replica is called, the others stand by. */
    exclusive?: boolean;
}
/** A registered function. */
export interface FunctionRef {
    readonly id: string;
    /** Takes it back. */
    unregister(): void;
}
/** Runs a function on events of a type. */
export interface RegisterTriggerInput<Config = unknown> {
    /** The trigger type. */
    type: string;
    function_id: string;
    config?: Config;
    /** Goes with every call of the function. */
    metadata?: Record<string, unknown>;
    /** Where the function is; absent: the worker's own namespace. */
    namespace?: string;
    /** Where the provider is; absent: the worker's own namespace, then the default one. */
    trigger_namespace?: string;
}
/** A registered trigger. */
export interface Trigger {
    readonly id: string;
    unregister(): void;
}
/** A trigger type to provide. */
export interface RegisterTriggerTypeInput {
    id: string;
    description?: string;
    namespace?: string;
    /** The schema of its configurations. */
    trigger_request_format?: Schema;
    /** The schema of what functions are handed. */
    call_request_format?: Schema;
}
/** A provided trigger type. */
export interface TriggerTypeRef<Config = unknown> {
    readonly id: string;
    registerTrigger(functionId: string, config: Config, metadata?: Record<string, unknown>): Registration<Trigger>;
    registerFunction(functionId: string, handler: Handler<never>, config: Config, metadata?: Record<string, unknown>): Registration<FunctionRef>;
    unregister(): void;
}
/** Registers functions, with the types of their schemas. */
export interface RegisterFunctionMethod {
    <const Request extends Schema = true, const Response extends Schema = true>(functionId: string, handler: Handler<InputOf<Request>, OutputOf<Response>>, options?: RegisterFunctionOptions<Request, Response>): Registration<FunctionRef>;
    <In, Out>(functionId: string, handler: Handler<In, Out>, options?: RegisterFunctionOptions): Registration<FunctionRef>;
    (functionId: string, invocation: HttpInvocationConfig, options?: RegisterFunctionOptions): Registration<FunctionRef>;
}
/**
 * A worker's connection to its engine.
 *
 * @example
 * ```ts
 * import { type IIIClient, registerWorker } from 'iii-kit'
 * const iii: IIIClient = registerWorker('ws://localhost:49134', { workerName: 'orders' })
 * await iii.registerFunction('orders::total', async (lines: number[]) => lines.length)
 * const total = await iii.trigger<number>({ function_id: 'orders::total', payload: [1, 2] })
 * await iii.shutdown()
 * ```
 */
export interface IIIClient extends CanTrigger {
    /** Offers a function. Awaited: until the engine has it. Throws on an empty or a repeated id. */
    readonly registerFunction: RegisterFunctionMethod;
    /** Runs a function on events. Awaited: until the provider of the type has accepted it. */
    registerTrigger<Config>(trigger: RegisterTriggerInput<Config>): Registration<Trigger>;
    /** Provides a trigger type. Awaited: until the engine has it. */
    registerTriggerType<Config = unknown>(triggerType: RegisterTriggerTypeInput, handler: TriggerHandler<Config>): Registration<TriggerTypeRef<Config>>;
    /** Takes a trigger type back. */
    unregisterTriggerType(triggerType: {
        id: string;
    }): void;
    /** Opens the reading end of a channel. */
    openReader(ref: StreamChannelRef): ChannelReader;
    /** Opens the writing end of a channel. */
    openWriter(ref: StreamChannelRef): ChannelWriter;
    /** References to a new channel, made without a call; `buffer` is in frames. */
    mintChannelRefs(buffer?: number): Promise<ChannelRefs>;
    /** Resolves once the engine has greeted this worker. */
    connected(): Promise<void>;
    getConnectionState(): IIIConnectionState;
    /** Is called at every change of the state; returns how to stop that. */
    addConnectionStateListener(listener: (state: IIIConnectionState) => void): () => void;
    getAddress(): string;
    /** Why the engine refused this worker for good, if it did. */
    getFatalError(): RegistrationRejectedError | undefined;
    /**
     * Lets running handlers finish, for `limits.drainTimeoutMs` unless another time is given, says
     * goodbye and ends the client.
     */
    shutdown(options?: {
        drainTimeoutMs?: number;
    }): Promise<void>;
}
