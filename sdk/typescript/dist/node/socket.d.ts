/** The WebSocket of Node, made for many small messages: those of one turn leave in one write. */
import { type Dial, type Socket, type SocketEvents } from '../transport/transport.ts';
import { type Upgraded } from './handshake.ts';
/** How to dial. */
export interface DialOptions {
    readonly token?: string;
    readonly headers?: Readonly<Record<string, string>>;
    /** Further certificates to trust, in PEM. */
    readonly ca?: string | Buffer;
    readonly inboundBytesMax: number;
}
/** Dials over TCP and TLS. */
export declare function nodeDial(address: string, options: DialOptions): Dial;
/** One WebSocket connection. */
export declare class NodeSocket implements Socket {
    #private;
    constructor(upgraded: Upgraded, inboundBytesMax: number);
    start(events: SocketEvents): void;
    send(data: string | Uint8Array): void;
    get queuedBytes(): number;
    ping(): boolean;
    pause(): boolean;
    resume(): void;
    close(code: number, reason: string): void;
    terminate(): void;
    keepAlive(keep: boolean): void;
}
