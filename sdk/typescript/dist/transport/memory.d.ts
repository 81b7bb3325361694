/** A transport without a network: two sockets joined in memory, for tests. */
import type { Closed, Dial, Socket, SocketEvents, Target } from './transport.ts';
type Event = {
    data: string | Uint8Array;
} | {
    alive: true;
} | {
    closed: Closed;
};
/** One of two joined sockets. What one sends the other is told, in a later microtask. */
export declare class MemorySocket implements Socket {
    #private;
    peer: MemorySocket | undefined;
    /** Tests make a socket look congested by this. */
    queuedBytes: number;
    keptAlive: boolean;
    pings: number;
    /** Whether pings are answered, as a live peer would. */
    answersPings: boolean;
    start(events: SocketEvents): void;
    send(data: string | Uint8Array): void;
    ping(): boolean;
    pause(): boolean;
    resume(): void;
    close(code: number, reason: string): void;
    terminate(): void;
    keepAlive(keep: boolean): void;
    /** What was queued has left. */
    drain(): void;
    accept(event: Event): void;
}
/** A pair of joined sockets. */
export declare function memoryPair(): [MemorySocket, MemorySocket];
/** Dials whatever `accept` makes of a target; it may throw a `DialError`. */
export declare function memoryDial(accept: (target: Target, engineSide: MemorySocket) => void): Dial;
export {};
