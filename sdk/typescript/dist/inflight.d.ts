/** Calls that wait for an answer, and those that wait for a connection. */
import type { Clock } from './clock.ts';
import type { Limits } from './limits.ts';
import type { InvocationResult, InvokeFunction } from './message.ts';
/** What calls need of the connection. */
export interface Outgoing {
    /** Whether messages can be sent now. */
    readonly open: boolean;
    /** Whether there is a connection, jammed or not. */
    readonly live: boolean;
    /** Which connection this is, from 1. */
    readonly epoch: number;
    send(text: string): void;
    /** The process has to stay alive, or no longer. */
    hold(): void;
    release(): void;
}
/** A call to be made. */
export interface NewCall {
    readonly invoke: InvokeFunction;
    readonly timeoutMs: number;
    readonly signal: AbortSignal | undefined;
    /** Calls that end with the same invocation. */
    readonly parent: Set<() => void> | undefined;
    /** The connection on which `invoke.parent` has a meaning. */
    readonly epoch: number;
}
/** All calls of a client that were not answered yet. */
export declare class Calls {
    #private;
    constructor(outgoing: Outgoing, limits: Limits, clock: Clock);
    get size(): number;
    /** Makes a call and waits for its answer. */
    start(next: NewCall): Promise<unknown>;
    /** Makes a call nobody waits for; resolves at once unless the connection is jammed. */
    startVoid(invoke: InvokeFunction): Promise<void>;
    /** The connection can take messages: what waited leaves, in order. */
    opened(): void;
    /** Ends the call that a result belongs to. Results of calls given up are dropped. */
    answered(result: InvocationResult): void;
    /** Ends a call by its id, for answers that are no valid message. */
    end(id: string, error: {
        code: string;
        message: string;
    }): void;
    /** Ends every call that was sent: its answer will not come. */
    lost(): void;
    /** Ends every call, those to come included. */
    endAll(error: () => Error): void;
}
