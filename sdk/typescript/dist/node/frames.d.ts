/** WebSocket frames of a client, RFC 6455: bytes in, messages out, and the other way round. */
export declare const OPCODE: {
    readonly continuation: 0;
    readonly text: 1;
    readonly binary: 2;
    readonly close: 8;
    readonly ping: 9;
    readonly pong: 10;
};
/** What the reader finds. */
export interface FrameHandler {
    text(data: string): void;
    binary(data: Buffer): void;
    ping(data: Buffer): void;
    pong(): void;
    close(code: number | undefined, reason: string): void;
}
/** The peer broke the rules; the connection ends with this code. */
export declare class FrameError extends Error {
    readonly code: number;
    constructor(code: number, message: string);
}
/** Cuts frames out of what a server sends. */
export declare class FrameReader {
    #private;
    constructor(handler: FrameHandler, bytesMax: number);
    /** Takes bytes and hands on whatever is complete. Throws a `FrameError`. */
    push(chunk: Buffer): void;
}
/** Collects frames to be written together. */
export declare class FrameWriter {
    #private;
    text(data: string): void;
    binary(data: Uint8Array): void;
    control(opcode: number, data: Uint8Array): void;
    close(code: number, reason: string): void;
    /** Bytes that were not taken yet. */
    get bytes(): number;
    /** Everything since the last time, in order. */
    take(): Buffer[];
}
/** Masks a payload with the four bytes in front of it. */
export declare function mask(slab: Buffer, start: number, length: number): void;
