/** The connection to the engine: dialled, greeted, kept alive, and dialled anew when it breaks. */
import type { Clock } from '../clock.ts';
import { DecodeError } from '../codec.ts';
import { RegistrationRejectedError } from '../errors.ts';
import type { Outgoing } from '../inflight.ts';
import type { Limits } from '../limits.ts';
import type { LogSink } from '../logger.ts';
import type { Message, WorkerRegistered } from '../message.ts';
import { type Dial } from '../transport/transport.ts';
/** Where a client stands with its engine. `disconnected`: it was shut down. */
export type IIIConnectionState = 'disconnected' | 'connecting' | 'connected' | 'reconnecting' | 'failed';
/** What happens on a connection. */
export interface ConnectionEvents {
    /** The engine's first word: announce everything. */
    greeted(greeting: WorkerRegistered): void;
    /** `text` is what the message came in. */
    received(message: Message, text: string): void;
    malformed(error: DecodeError): void;
    /** The connection broke; there will be another. */
    lost(): void;
    /** Messages can be sent again after a jam. */
    opened(): void;
    /** The engine refused this worker for good. */
    failed(error: RegistrationRejectedError): void;
    stateChanged(state: IIIConnectionState): void;
}
/** What a connection is made of. */
export interface ConnectionParts {
    readonly dial: Dial;
    readonly limits: Limits;
    readonly clock: Clock;
    readonly log: LogSink;
    readonly events: ConnectionEvents;
    /** Attempts in a row that may fail; -1 is no limit. */
    readonly retriesMax: number;
}
export declare class Connection implements Outgoing {
    #private;
    state: IIIConnectionState;
    epoch: number;
    /** Whether the engine acknowledges registrations. */
    acknowledges: boolean;
    constructor(parts: ConnectionParts);
    /** Begins to connect. */
    start(): void;
    /** Whether messages can be sent now. */
    get open(): boolean;
    /** Whether the engine has greeted this worker. */
    get live(): boolean;
    /** Sends a message. Without a live connection it goes nowhere; whoever cares asks before. */
    send(text: string): void;
    hold(): void;
    release(): void;
    /** Ends the connection for good; resolves when the peer has heard it, or does not answer. */
    close(state: 'disconnected' | 'failed'): Promise<void>;
    /** Gives the connection up for good. */
    fail(error: RegistrationRejectedError): void;
    /** Gives this connection up; there will be another. */
    giveUp(reason: string): void;
}
