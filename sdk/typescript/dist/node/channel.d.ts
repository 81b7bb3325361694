/** Channels with Node's streams beside the web's. */
import { Readable, Writable } from 'node:stream';
import { ChannelReader } from '../channel/reader.ts';
import { ChannelWriter } from '../channel/writer.ts';
/**
 * {@link ChannelWriter} with a `Writable`.
 *
 * @example
 * ```ts
 * import { registerWorker } from 'iii-kit'
 * import { createChannel } from 'iii-kit/helpers'
 * import { createReadStream } from 'node:fs'
 * const { writer, readerRef } = await createChannel(registerWorker())
 * createReadStream('orders.csv').pipe(writer.stream)
 * console.log(readerRef.channel_id)
 * ```
 */
export declare class NodeChannelWriter extends ChannelWriter {
    #private;
    /** This end as a stream. Destroying it is an abort of the channel. */
    get stream(): Writable;
    /** Ends the stream in order, after everything written. */
    close(): Promise<void>;
}
/**
 * {@link ChannelReader} with a `Readable`, and with `Buffer`s.
 *
 * @example
 * ```ts
 * import { type ChannelReader, registerWorker } from 'iii-kit'
 * import { createWriteStream } from 'node:fs'
 * import { pipeline } from 'node:stream/promises'
 * const iii = registerWorker()
 * iii.registerFunction('files::store', async ({ file }: { file: ChannelReader }) => {
 *   await pipeline(file, createWriteStream('stored'))
 * })
 * ```
 */
export declare class NodeChannelReader extends ChannelReader {
    #private;
    /** The bytes as a stream. Destroying it tells the writer. */
    get stream(): Readable;
    /** All bytes up to the end of the stream, `limit` at most. */
    readAll(limit?: number): Promise<Buffer>;
}
