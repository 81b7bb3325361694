/** Time, as the only thing that may ask for it. */
/** A pending timer. */
export interface Timer {
    /** Whether the process stays alive for it. */
    keepAlive(keep: boolean): void;
    cancel(): void;
}
/** Time and timers; tests have a clock of their own. */
export interface Clock {
    /** Milliseconds that only grow. */
    now(): number;
    /** Milliseconds since 1970. */
    wall(): number;
    /** Runs `work` later. Nothing stays alive for a timer that is not told to. */
    after(ms: number, work: () => void): Timer;
}
export declare const systemClock: Clock;
