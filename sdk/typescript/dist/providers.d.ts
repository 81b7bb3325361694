/** Trigger types this worker provides, and the triggers bound to them. */
import type { Connection } from './connection/connection.ts';
import { RegistrationError } from './errors.ts';
import type { Limits } from './limits.ts';
import type { LogSink } from './logger.ts';
import type { RegisterTrigger, RegisterTriggerType, UnregisterTrigger } from './message.ts';
import type { Acknowledgement } from './registration.ts';
import { type FiringHost, type TriggerHandler } from './trigger_type.ts';
/** The trigger types of this worker. */
export declare class Providers {
    #private;
    constructor(connection: Connection, client: FiringHost, limits: Limits, log: LogSink);
    get offersTypes(): boolean;
    add(announcement: RegisterTriggerType, handler: TriggerHandler, acknowledgement: Acknowledgement): void;
    /** Takes a trigger type back; its handler lets its triggers go. */
    retire(id: string): void;
    /** Announces everything on a new connection. The engine sends the triggers anew. */
    announceAll(): void;
    registered(id: string): void;
    /** Refused after a reconnect a type is kept for the next connection, else it is gone. */
    refused(id: string, error: RegistrationError): void;
    lost(): void;
    endAll(error: () => Error): void;
    /** The engine hands over a trigger to serve. */
    bind(trigger: RegisterTrigger): void;
    /** The engine takes a trigger back. */
    unbind({ id, trigger_type }: UnregisterTrigger): void;
}
