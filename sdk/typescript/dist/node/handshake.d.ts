/** From an address to an open socket: the HTTP upgrade of RFC 6455. */
import type { Socket as TcpSocket } from 'node:net';
/** What an upgrade gives. */
export interface Upgraded {
    readonly socket: TcpSocket;
    /** What the server sent right behind its answer. */
    readonly head: Buffer;
}
/** Asks for an upgrade. Rejects with a `DialError`. */
export declare function upgrade(url: URL, headers: Readonly<Record<string, string>>, ca: string | Buffer | undefined, signal: AbortSignal): Promise<Upgraded>;
