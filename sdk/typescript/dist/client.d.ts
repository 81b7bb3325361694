/** The client: puts the parts together and hands messages to them. */
import { type ChannelRefs } from './channel/mint.ts';
import type { ChannelReader } from './channel/reader.ts';
import { type StreamChannelRef } from './channel/refs.ts';
import type { ChannelWriter } from './channel/writer.ts';
import { type Clock } from './clock.ts';
import { type IIIConnectionState } from './connection/connection.ts';
import type { Context } from './context.ts';
import { type RegistrationRejectedError } from './errors.ts';
import { type InvocationHost } from './invocations.ts';
import { type Limits } from './limits.ts';
import { type LogSink } from './logger.ts';
import { type InitOptions } from './options.ts';
import type { Platform } from './platform.ts';
import type { Registration } from './registration.ts';
import type { Dial } from './transport/transport.ts';
import type { TriggerRequest, TypedTrigger } from './trigger.ts';
import type { FiringHost, TriggerHandler } from './trigger_type.ts';
import type { IIIClient, RegisterFunctionMethod, RegisterTriggerInput, RegisterTriggerTypeInput, Trigger, TriggerTypeRef } from './types.ts';
/** What a client is made of; tests bring a clock and a transport of their own. */
export interface ClientParts {
    readonly platform: Platform;
    readonly options: InitOptions;
    readonly dial: (limits: Limits) => Dial;
    readonly clock?: Clock;
}
export declare class Client implements IIIClient, InvocationHost, FiringHost {
    #private;
    readonly logSink: LogSink;
    readonly registerFunction: RegisterFunctionMethod;
    readonly trigger: TypedTrigger;
    channelsUsed: number;
    constructor({ platform, options, dial, clock }: ClientParts);
    registerTrigger<Config>(trigger: RegisterTriggerInput<Config>): Registration<Trigger>;
    registerTriggerType<Config = unknown>(input: RegisterTriggerTypeInput, handler: TriggerHandler<Config>): Registration<TriggerTypeRef<Config>>;
    unregisterTriggerType({ id }: {
        id: string;
    }): void;
    openReader(ref: StreamChannelRef): ChannelReader;
    openWriter(ref: StreamChannelRef): ChannelWriter;
    mintChannelRefs(buffer?: number): Promise<ChannelRefs>;
    connected(): Promise<void>;
    getConnectionState(): IIIConnectionState;
    addConnectionStateListener(listener: (state: IIIConnectionState) => void): () => void;
    getAddress(): string;
    getFatalError(): RegistrationRejectedError | undefined;
    shutdown({ drainTimeoutMs }?: {
        drainTimeoutMs?: number | undefined;
    }): Promise<void>;
    get callTimeoutMs(): number;
    now(): number;
    wall(): number;
    callWithin(context: Context, request: TriggerRequest): Promise<unknown>;
    openChannels(input: unknown, context: Context): unknown;
}
