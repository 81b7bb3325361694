/** The WebSocket of Node, made for many small messages: those of one turn leave in one write. */
import { parseAddress, targetUrl, } from '../transport/transport.js';
import { FrameError, FrameReader, FrameWriter, OPCODE } from './frames.js';
import { upgrade } from './handshake.js';
/** How long the peer may take to answer a farewell. */
const FAREWELL_MS = 1000;
/** Dials over TCP and TLS. */
export function nodeDial(address, options) {
    const engine = parseAddress(address);
    return {
        address: `${engine.protocol}//${engine.host}${engine.pathname}`,
        async dial(target, signal) {
            const headers = { ...options.headers };
            const named = Object.keys(headers).some((name) => name.toLowerCase() === 'authorization');
            if (options.token !== undefined && !named)
                headers.Authorization = `Bearer ${options.token}`;
            const url = targetUrl(engine, target);
            const upgraded = await upgrade(url, headers, options.ca, signal);
            return new NodeSocket(upgraded, options.inboundBytesMax);
        },
    };
}
/** One WebSocket connection. */
export class NodeSocket {
    #tcp;
    #writer = new FrameWriter();
    #reader;
    #head;
    #events;
    #ended;
    /** Why it will have ended, once the connection is gone. */
    #farewell;
    #closing = false;
    #flushing = false;
    #keepAlive = true;
    constructor(upgraded, inboundBytesMax) {
        this.#tcp = upgraded.socket;
        this.#head = upgraded.head;
        this.#reader = new FrameReader({
            text: (data) => this.#events?.message(data),
            binary: (data) => this.#events?.message(data),
            ping: (data) => {
                this.#writer.control(OPCODE.pong, data);
                this.#schedule();
            },
            pong: () => this.#events?.alive(),
            close: (code, reason) => this.#peerCloses(code, reason),
        }, inboundBytesMax);
        // Whatever happens before `start` is told then.
        this.#tcp.on('error', () => this.#tcp.destroy());
    }
    start(events) {
        this.#events = events;
        const tcp = this.#tcp;
        tcp.on('close', () => this.#end());
        tcp.on('end', () => tcp.destroy());
        tcp.on('drain', () => this.#events?.drained());
        if (tcp.destroyed) {
            process.nextTick(() => this.#end());
            return;
        }
        // Events begin after this call, as those of any other transport.
        process.nextTick(() => {
            const head = this.#head;
            this.#head = undefined;
            if (head !== undefined && head.length > 0)
                this.#receive(head);
            tcp.on('data', (chunk) => this.#receive(chunk));
            tcp.resume();
        });
    }
    send(data) {
        if (this.#closing || this.#ended !== undefined)
            return;
        if (typeof data === 'string')
            this.#writer.text(data);
        else
            this.#writer.binary(data);
        this.#schedule();
    }
    get queuedBytes() {
        return this.#tcp.writableLength + this.#writer.bytes;
    }
    ping() {
        this.#writer.control(OPCODE.ping, new Uint8Array(0));
        this.#schedule();
        return true;
    }
    pause() {
        this.#tcp.pause();
        return true;
    }
    resume() {
        this.#tcp.resume();
    }
    close(code, reason) {
        if (this.#closing)
            return;
        this.#closing = true;
        this.#farewell = { clean: true, code, reason };
        this.#writer.close(code, reason);
        this.#flush();
        this.#hangUpLater();
    }
    terminate() {
        this.#closing = true;
        this.#tcp.destroy();
    }
    keepAlive(keep) {
        if (keep === this.#keepAlive)
            return;
        this.#keepAlive = keep;
        if (keep)
            this.#tcp.ref();
        else
            this.#tcp.unref();
    }
    #receive(chunk) {
        try {
            this.#reader.push(chunk);
        }
        catch (error) {
            if (!(error instanceof FrameError))
                throw error;
            this.#farewell = { clean: false, code: undefined, reason: error.message };
            this.#closing = true;
            this.#writer.close(error.code, error.message);
            this.#flush();
            this.#tcp.destroySoon();
        }
    }
    #peerCloses(code, reason) {
        this.#farewell ??= { clean: true, code, reason };
        if (!this.#closing) {
            this.#closing = true;
            this.#writer.close(code ?? 1000, '');
        }
        this.#flush();
        // The side that listens hangs up first, so that its port is free again at once.
        this.#tcp.end();
        this.#hangUpLater();
    }
    #hangUpLater() {
        const timer = setTimeout(() => this.#tcp.destroy(), FAREWELL_MS);
        timer.unref();
        this.#tcp.once('close', () => clearTimeout(timer));
    }
    /** Messages of one turn leave together, after everything that the turn set off has run. */
    #schedule() {
        if (this.#flushing)
            return;
        this.#flushing = true;
        queueMicrotask(this.#later);
    }
    #later = () => process.nextTick(this.#flushNow);
    #flushNow = () => this.#flush();
    #flush() {
        this.#flushing = false;
        const pieces = this.#writer.take();
        if (pieces.length === 0 || this.#tcp.destroyed)
            return;
        if (pieces.length === 1) {
            this.#tcp.write(pieces[0]);
            return;
        }
        this.#tcp.cork();
        for (const piece of pieces)
            this.#tcp.write(piece);
        this.#tcp.uncork();
    }
    #end() {
        if (this.#ended !== undefined)
            return;
        this.#ended = this.#farewell ?? { clean: false, code: undefined, reason: 'connection lost' };
        this.#events?.closed(this.#ended);
    }
}
