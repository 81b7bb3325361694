/** The reading end of a channel. */
import { type ChannelEnd } from './end.ts';
import type { ChannelItem, StreamChannelRef } from './refs.ts';
/**
 * Reads a channel. Attaches at the first read. An aborted stream is an error, not an end.
 *
 * @example
 * ```ts
 * import { type ChannelReader, registerWorker } from 'iii-kit'
 * const iii = registerWorker('ws://localhost:49134')
 * iii.registerFunction('files::store', async (input: { file: ChannelReader }) => {
 *   let bytes = 0
 *   for await (const chunk of input.file) bytes += chunk.length
 *   return { bytes }
 * })
 * ```
 */
export declare class ChannelReader {
    #private;
    /** @internal */
    protected readonly end: ChannelEnd;
    /** @internal */
    constructor(end: ChannelEnd);
    /** The next frame, text or bytes; nothing at the end of the stream. */
    next(): Promise<ChannelItem | undefined>;
    /** The next bytes; nothing at the end. Control messages are skipped. */
    nextBinary(): Promise<Uint8Array | undefined>;
    /** The bytes, chunk by chunk. Leaving the loop early tells the writer. */
    [Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined>;
    /** All bytes up to the end of the stream, `limit` at most. */
    readAll(limit?: number): Promise<Uint8Array>;
    /** Is called with every control message when it arrives; `next` gives bytes alone then. */
    onMessage(callback: (text: string) => void): void;
    /** Reads the channel, and is called with its bytes. */
    onBinary(callback: (data: Uint8Array) => void): void;
    /** Stops reading; the writer is told. */
    close(): Promise<void>;
    /** The bytes as a web stream. Cancelling it tells the writer. */
    get readable(): ReadableStream<Uint8Array>;
    /** The reference this end was opened with. */
    toJSON(): StreamChannelRef;
}
