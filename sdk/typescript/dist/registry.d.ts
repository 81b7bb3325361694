/** What this worker offers and wants, to be announced on every connection. */
import type { Connection } from './connection/connection.ts';
import type { Context } from './context.ts';
import { RegistrationError } from './errors.ts';
import type { Limits } from './limits.ts';
import type { LogSink } from './logger.ts';
import type { RegisterFunction, RegisterTrigger, TriggerRegistrationResult } from './message.ts';
import type { Acknowledgement } from './registration.ts';
import type { StandardSchema } from './schema.ts';
/** What runs when a function is called. */
export type AnyHandler = (input: unknown, context: Context) => unknown;
/** A function of this worker. */
export interface OfferedFunction {
    readonly announcement: RegisterFunction;
    /** Absent: the function lives behind a URL. */
    readonly handler: AnyHandler | undefined;
    readonly input: StandardSchema | undefined;
    readonly acknowledgement: Acknowledgement;
}
interface WantedTrigger {
    readonly announcement: RegisterTrigger;
    readonly acknowledgement: Acknowledgement;
}
/** The functions and triggers of this worker. Maps keep the order of registration. */
export declare class Registry {
    #private;
    constructor(connection: Connection, limits: Limits, log: LogSink);
    get offersFunctions(): boolean;
    function(id: string): OfferedFunction | undefined;
    addFunction(offered: OfferedFunction): void;
    removeFunction(id: string): void;
    addTrigger(wanted: WantedTrigger): void;
    removeTrigger(id: string): void;
    /** Announces everything on a new connection: functions first. */
    announceAll(): void;
    functionRegistered(id: string): void;
    /**
     * Refused at its first announcement a function is gone; refused after a reconnect it is kept for
     * the next connection, when its other owner may have left.
     */
    functionRefused(id: string, error: RegistrationError): void;
    /** The provider's answer to a trigger of this worker. */
    triggerAnswered(answer: TriggerRegistrationResult): void;
    /** What was announced on the old connection is not on the next one. */
    lost(): void;
    /** Ends every registration that waits. */
    endAll(error: () => Error): void;
}
export {};
