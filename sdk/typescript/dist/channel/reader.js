/** The reading end of a channel. */
import { ChannelError } from '../errors.js';
import { CLOSE } from './end.js';
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
export class ChannelReader {
    /** @internal */
    end;
    #onBinary = [];
    #pumping = false;
    #readable;
    /** @internal */
    constructor(end) {
        this.end = end;
    }
    /** The next frame, text or bytes; nothing at the end of the stream. */
    next() {
        return this.end.next();
    }
    /** The next bytes; nothing at the end. Control messages are skipped. */
    async nextBinary() {
        for (;;) {
            const item = await this.next();
            if (item === undefined)
                return undefined;
            if (item.type === 'binary')
                return item.value;
        }
    }
    /** The bytes, chunk by chunk. Leaving the loop early tells the writer. */
    async *[Symbol.asyncIterator]() {
        try {
            for (;;) {
                const chunk = await this.nextBinary();
                if (chunk === undefined)
                    return;
                yield chunk;
            }
        }
        finally {
            await this.close();
        }
    }
    /** All bytes up to the end of the stream, `limit` at most. */
    async readAll(limit = Number.POSITIVE_INFINITY) {
        const chunks = [];
        let bytes = 0;
        for (;;) {
            const chunk = await this.nextBinary();
            if (chunk === undefined)
                break;
            bytes += chunk.length;
            if (bytes > limit) {
                await this.close();
                const message = `the channel carried more than ${limit} bytes`;
                throw new ChannelError('payload_too_large', message);
            }
            chunks.push(chunk);
        }
        const whole = new Uint8Array(bytes);
        let at = 0;
        for (const chunk of chunks) {
            whole.set(chunk, at);
            at += chunk.length;
        }
        return whole;
    }
    /** Is called with every control message when it arrives; `next` gives bytes alone then. */
    onMessage(callback) {
        this.end.onText(callback);
    }
    /** Reads the channel, and is called with its bytes. */
    onBinary(callback) {
        this.#onBinary.push(callback);
        if (this.#pumping)
            return;
        this.#pumping = true;
        void this.#pump();
    }
    async #pump() {
        try {
            for (;;) {
                const chunk = await this.nextBinary();
                if (chunk === undefined)
                    return;
                for (const callback of this.#onBinary)
                    callback(chunk);
            }
        }
        catch {
            // Whoever wants to know how it ended reads with `next`.
        }
    }
    /** Stops reading; the writer is told. */
    async close() {
        if (!this.end.used)
            return this.end.drop();
        await this.end.close(CLOSE.readerGone);
    }
    /** The bytes as a web stream. Cancelling it tells the writer. */
    get readable() {
        this.#readable ??= new ReadableStream({
            pull: async (controller) => {
                const chunk = await this.nextBinary();
                if (chunk === undefined)
                    controller.close();
                else
                    controller.enqueue(chunk);
            },
            cancel: () => this.close(),
        }, { highWaterMark: 0 });
        return this.#readable;
    }
    /** The reference this end was opened with. */
    toJSON() {
        return this.end.ref;
    }
}
