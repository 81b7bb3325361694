/** Channels with Node's streams beside the web's. */
import { finished, Readable, Writable } from 'node:stream';
import { ChannelReader } from '../channel/reader.js';
import { ChannelWriter } from '../channel/writer.js';
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
export class NodeChannelWriter extends ChannelWriter {
    #stream;
    /** This end as a stream. Destroying it is an abort of the channel. */
    get stream() {
        this.#stream ??= new Writable({
            write: (chunk, _encoding, done) => {
                this.write(chunk).then(() => done(), done);
            },
            final: (done) => {
                super.close().then(() => done(), done);
            },
            destroy: (error, done) => {
                if (error === null)
                    return done(null);
                this.abort().then(() => done(error), done);
            },
        });
        return this.#stream;
    }
    /** Ends the stream in order, after everything written. */
    close() {
        const stream = this.#stream;
        if (stream === undefined)
            return super.close();
        if (!stream.writableEnded)
            stream.end();
        return new Promise((resolve, reject) => {
            finished(stream, { readable: false }, (error) => (error ? reject(error) : resolve()));
        });
    }
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
export class NodeChannelReader extends ChannelReader {
    #stream;
    /** The bytes as a stream. Destroying it tells the writer. */
    get stream() {
        this.#stream ??= new Readable({
            read() {
                pull();
            },
            destroy: (error, done) => {
                this.close().then(() => done(error), done);
            },
        });
        const stream = this.#stream;
        const pull = () => {
            this.nextBinary().then((chunk) => stream.push(chunk === undefined ? null : chunk), (error) => stream.destroy(error));
        };
        return stream;
    }
    /** All bytes up to the end of the stream, `limit` at most. */
    async readAll(limit = Number.POSITIVE_INFINITY) {
        const whole = await super.readAll(limit);
        return Buffer.from(whole.buffer, whole.byteOffset, whole.length);
    }
}
