/** From a registration to its handle. */
import type { Clock } from './clock.ts';
import type { Limits } from './limits.ts';
import type { LogSink } from './logger.ts';
import type { RegisterTriggerType } from './message.ts';
import type { Providers } from './providers.ts';
import { type Registration } from './registration.ts';
import type { Registry } from './registry.ts';
import type { TriggerHandler } from './trigger_type.ts';
import type { RegisterFunctionMethod, RegisterTriggerInput, Trigger, TriggerTypeRef } from './types.ts';
interface Parts {
    readonly registry: Registry;
    readonly providers: Providers;
    readonly clock: Clock;
    readonly limits: Limits;
    readonly log: LogSink;
    readonly namespace: string | undefined;
    /** Why nothing can be registered any more, if so. */
    readonly ended: () => Error | undefined;
}
export declare class Registering {
    #private;
    readonly function: RegisterFunctionMethod;
    constructor(parts: Parts);
    trigger<Config>(input: RegisterTriggerInput<Config>): Registration<Trigger>;
    triggerType<Config>(input: Omit<RegisterTriggerType, 'type'>, handler: TriggerHandler<Config>): Registration<TriggerTypeRef<Config>>;
}
export {};
