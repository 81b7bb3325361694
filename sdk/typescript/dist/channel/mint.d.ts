/** Channel references made without a call. */
import type { StreamChannelRef } from './refs.ts';
/** Both references of one channel. */
export interface ChannelRefs {
    readonly writer: StreamChannelRef;
    readonly reader: StreamChannelRef;
}
/** The number of a channel: how old the connection is, and a counter. */
export declare function channelNumber(ageMs: number, counter: number): string;
/**
 * References to the channel `<worker_id>.<n>`. The engine recognises them by the secret it gave
 * this connection; each end's key is one half of the digest.
 */
export declare function mint(secret: Uint8Array, id: string): Promise<ChannelRefs>;
/** Reads base64; nothing when it is none. */
export declare function fromBase64(text: string): Uint8Array | undefined;
