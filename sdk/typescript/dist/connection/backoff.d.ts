/** How long to wait before the next attempt to connect. */
/** Doubling pauses with jitter, so that a thousand workers do not come back at once. */
export declare class Backoff {
    #private;
    constructor(firstMs: number, maxMs: number, random?: () => number);
    next(): number;
    reset(): void;
}
