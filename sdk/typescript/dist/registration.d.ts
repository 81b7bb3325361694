/** Registrations: usable at once, and awaitable until the engine has them. */
import type { Clock } from './clock.ts';
import type { LogSink } from './logger.ts';
/**
 * A handle that can be used at once. Awaited, it is the same handle once the engine has
 * acknowledged the registration, or a `RegistrationError`.
 *
 * @example
 * ```ts
 * import { registerWorker } from 'iii-kit'
 * const iii = registerWorker('ws://localhost:49134')
 * const later = iii.registerFunction('a::b', async () => 1) // goes on at once
 * const ref = await iii.registerFunction('a::c', async () => 2) // in the catalog
 * ref.unregister()
 * await later
 * ```
 */
export type Registration<T> = T & Pick<Promise<T>, 'then' | 'catch' | 'finally'>;
/** Waits for an acknowledgement, on live connections no longer than is reasonable. */
export declare class Acknowledgement {
    #private;
    readonly ready: Promise<void>;
    constructor(id: string, clock: Clock, timeoutMs: number, log: LogSink);
    /** Whether the engine has not said anything yet. */
    get waits(): boolean;
    /** The registration went out on a live connection. */
    announced(late: () => void): void;
    /** The connection broke; the next one brings the answer. */
    lost(): void;
    confirm(): void;
    refuse(error: Error): void;
    /** The engine did not answer in time. */
    late(): void;
    /** Makes a handle awaitable. */
    awaitable<T extends object>(handle: T): Registration<T>;
}
/** Refuses an id that cannot be one. */
export declare function checkId(id: string): void;
