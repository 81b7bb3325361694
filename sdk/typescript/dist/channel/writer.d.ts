/** The writing end of a channel. */
import { type ChannelEnd } from './end.ts';
import type { StreamChannelRef } from './refs.ts';
/**
 * Writes a channel. Attaches at the first write. Not closing it before the process ends is an
 * abort: the reader learns that the stream is incomplete.
 *
 * @example
 * ```ts
 * import { createChannel } from 'iii-kit/helpers'
 * import { registerWorker } from 'iii-kit'
 * const iii = registerWorker('ws://localhost:49134')
 * const { writer, readerRef } = await createChannel(iii)
 * const call = iii.trigger({ function_id: 'files::store', payload: { file: readerRef } })
 * await writer.write(new TextEncoder().encode('id,name\n'))
 * await writer.close()
 * await call
 * ```
 */
export declare class ChannelWriter {
    #private;
    /** @internal */
    protected readonly end: ChannelEnd;
    /** @internal */
    constructor(end: ChannelEnd);
    /** Writes bytes, in frames of at most 64 KiB. Resolves when there is room for more. */
    write(data: Uint8Array): Promise<void>;
    /** Writes a control message, in order with the bytes. */
    sendMessage(text: string): Promise<void>;
    /** {@link ChannelWriter.write}. */
    sendBinary(data: Uint8Array): Promise<void>;
    /** Ends the stream in order, after everything written. */
    close(): Promise<void>;
    /** Gives the stream up: the reader learns that it is incomplete. */
    abort(): Promise<void>;
    /** This end as a web stream. Aborting it is an abort of the channel. */
    get writable(): WritableStream<Uint8Array>;
    /** The reference this end was opened with. */
    toJSON(): StreamChannelRef;
}
