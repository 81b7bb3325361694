/** Invocations of this worker's functions. */
import type { Connection } from './connection/connection.ts';
import { Context, type ContextHost } from './context.ts';
import type { Limits } from './limits.ts';
import type { InvokeFunction } from './message.ts';
import type { Registry } from './registry.ts';
/** What invocations need of their client. */
export interface InvocationHost extends ContextHost {
    /** Puts readers and writers in the place of channel references. */
    openChannels(input: unknown, context: Context): unknown;
    /** Counts ends of channels that were used outside of any invocation. */
    readonly channelsUsed: number;
}
/** The invocations that run. */
export declare class Invocations {
    #private;
    constructor(parts: {
        connection: Connection;
        registry: Registry;
        limits: Limits;
        host: InvocationHost;
        development: boolean;
    });
    /** The engine calls a function; `text` is the message it came in. */
    invoked(invoke: InvokeFunction, text: string): void;
    /** The engine says that nobody waits for an invocation any more. */
    cancel(id: string, reason: string): void;
    /** Nobody waits for any invocation any more. */
    lost(reason: string): void;
    /** Resolves once nothing runs. */
    idle(): Promise<void>;
}
