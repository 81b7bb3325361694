/** One end of a channel, attached when it is first used. */
import { ChannelError } from '../errors.js';
import { DialError } from '../transport/transport.js';
import { ChannelItem } from './refs.js';
/** The close codes of channels. */
export const CLOSE = { finished: 1000, aborted: 4001, readerGone: 4002, expired: 4003 };
/** Bytes on their way above which a writer waits. */
const WRITE_HIGH_BYTES = 256 * 1024;
export class ChannelEnd {
    ref;
    #dial;
    #limits;
    #attaching;
    #socket;
    /** Frames that nobody has taken yet. */
    #items = [];
    #bytes = 0;
    #paused = false;
    #takers = [];
    #onText = [];
    #drained = [];
    /** How it ended, once it has. */
    #over;
    #closing = false;
    #onClosed = [];
    constructor(parts) {
        this.ref = parts.ref;
        this.#dial = parts.dial;
        this.#limits = parts.limits;
    }
    /** Whether this end was used, ever. */
    get used() {
        return this.#attaching !== undefined || this.#over !== undefined;
    }
    attach() {
        if (this.#over !== undefined)
            return Promise.reject(this.#over.error ?? closedHere());
        this.#attaching ??= this.#attach();
        return this.#attaching;
    }
    async #attach() {
        const { channel_id: id, access_key: key, direction } = this.ref;
        const dialling = AbortSignal.timeout(this.#limits.greetingTimeoutMs);
        let socket;
        try {
            socket = await this.#dial.dial({ kind: 'channel', id, key, direction }, dialling);
        }
        catch (error) {
            // A reference is good for one attempt.
            const failure = attachError(error);
            this.#end(failure);
            throw failure;
        }
        if (this.#over !== undefined) {
            socket.terminate();
            throw this.#over.error ?? closedHere();
        }
        this.#socket = socket;
        socket.start({
            message: (data) => this.#take(data),
            alive: () => undefined,
            drained: () => {
                for (const resume of this.#drained.splice(0))
                    resume();
            },
            closed: (closed) => this.#end(ending(closed, this.#closing)),
        });
    }
    /** The next frame; nothing at the end of the stream. An abort rejects. */
    async next() {
        if (this.#items.length === 0 && this.#over === undefined)
            await this.attach();
        const item = this.#items.shift();
        if (item !== undefined) {
            this.#gave(item);
            return item;
        }
        if (this.#over !== undefined) {
            if (this.#over.error !== undefined)
                throw this.#over.error;
            return undefined;
        }
        const taken = await new Promise((resolve) => this.#takers.push(resolve));
        if ('error' in taken)
            throw taken.error;
        return 'item' in taken ? taken.item : undefined;
    }
    /** Hands every text frame to `callback` when it arrives, instead of to whoever reads. */
    onText(callback) {
        this.#onText.push(callback);
        const texts = this.#items.filter((item) => item.type === 'text');
        this.#items = this.#items.filter((item) => item.type === 'binary');
        for (const text of texts) {
            this.#gave(text);
            callback(text.value);
        }
        // Whoever reads is told when that fails.
        this.attach().catch(() => undefined);
    }
    /** Sends a frame; resolves when there is room for another. */
    async send(data) {
        if (this.#closing)
            throw closedHere();
        if (this.#socket === undefined || this.#over !== undefined)
            await this.attach();
        if (this.#over !== undefined)
            throw this.#over.error ?? closedHere();
        const socket = this.#socket;
        socket.send(data);
        if (socket.queuedBytes <= WRITE_HIGH_BYTES)
            return;
        await new Promise((resolve) => this.#drained.push(resolve));
        // `send` of another turn may have changed it meanwhile.
        const over = this.#over;
        if (over?.error !== undefined)
            throw over.error;
    }
    /** Says farewell, unless the end has come already; resolves when the peer has heard it. */
    async close(code) {
        if (this.#over !== undefined) {
            if (this.#over.error !== undefined && code === CLOSE.finished)
                throw this.#over.error;
            return;
        }
        if (this.#closing)
            return;
        this.#closing = true;
        const ended = new Promise((resolve) => this.#onClosed.push(resolve));
        this.#socket?.resume();
        this.#socket?.close(code, '');
        await ended;
    }
    /** Ends it without a word; for ends that were never attached. */
    drop() {
        if (this.#attaching === undefined)
            this.#end(undefined);
    }
    #take(data) {
        const item = typeof data === 'string' ? ChannelItem.Text(data) : ChannelItem.Binary(data);
        if (this.ref.direction === 'write' || this.#closing)
            return;
        if (item.type === 'text' && this.#onText.length > 0) {
            for (const callback of this.#onText)
                callback(item.value);
            return;
        }
        const taker = this.#takers.shift();
        if (taker !== undefined)
            return taker({ item });
        this.#items.push(item);
        this.#bytes += item.value.length;
        if (this.#paused || this.#bytes <= this.#limits.channelBufferBytesMax)
            return;
        this.#paused = this.#socket?.pause() ?? false;
        if (!this.#paused) {
            // Where reading cannot be paused, memory is what has to be protected.
            this.#socket?.close(CLOSE.readerGone, '');
            const message = 'the channel carried more than `channelBufferBytesMax` before it was read';
            this.#end(new ChannelError('overloaded', message));
        }
    }
    #gave(item) {
        this.#bytes -= item.value.length;
        if (this.#paused && this.#bytes <= this.#limits.channelBufferBytesMax / 2) {
            this.#paused = false;
            this.#socket?.resume();
        }
    }
    #end(error) {
        if (this.#over !== undefined)
            return;
        this.#over = { error };
        for (const taker of this.#takers.splice(0))
            taker(error ? { error } : { end: true });
        for (const resume of this.#drained.splice(0))
            resume();
        for (const resolve of this.#onClosed.splice(0))
            resolve();
    }
}
function closedHere() {
    return new ChannelError('channel_aborted', 'this end of the channel is closed');
}
function attachError(error) {
    const status = error instanceof DialError ? error.status : undefined;
    if (status === 403 || status === 404 || status === 410) {
        const message = 'the channel is unknown, or its key is wrong, used or expired';
        return new ChannelError('channel_not_found', message);
    }
    const message = error instanceof Error ? error.message : String(error);
    return new ChannelError('connection_lost', message);
}
/** What the end of a stream means to whoever waits; nothing is its proper end. */
function ending(closed, closing) {
    if (closing)
        return undefined;
    if (closed.clean && (closed.code === undefined || closed.code === CLOSE.finished))
        return undefined;
    if (closed.clean && closed.code === CLOSE.expired) {
        return new ChannelError('channel_not_found', 'nobody came to the other end of the channel');
    }
    const message = 'the other end of the channel gave up or vanished before the end of the stream';
    return new ChannelError('channel_aborted', message);
}
