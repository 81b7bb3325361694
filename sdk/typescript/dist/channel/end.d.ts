/** One end of a channel, attached when it is first used. */
import type { Limits } from '../limits.ts';
import { type Dial } from '../transport/transport.ts';
import { ChannelItem, type StreamChannelRef } from './refs.ts';
/** The close codes of channels. */
export declare const CLOSE: {
    readonly finished: 1000;
    readonly aborted: 4001;
    readonly readerGone: 4002;
    readonly expired: 4003;
};
/** What ends are made of. */
export interface EndParts {
    readonly dial: Dial;
    readonly limits: Limits;
    readonly ref: StreamChannelRef;
}
export declare class ChannelEnd {
    #private;
    readonly ref: StreamChannelRef;
    constructor(parts: EndParts);
    /** Whether this end was used, ever. */
    get used(): boolean;
    attach(): Promise<void>;
    /** The next frame; nothing at the end of the stream. An abort rejects. */
    next(): Promise<ChannelItem | undefined>;
    /** Hands every text frame to `callback` when it arrives, instead of to whoever reads. */
    onText(callback: (text: string) => void): void;
    /** Sends a frame; resolves when there is room for another. */
    send(data: string | Uint8Array): Promise<void>;
    /** Says farewell, unless the end has come already; resolves when the peer has heard it. */
    close(code: number): Promise<void>;
    /** Ends it without a word; for ends that were never attached. */
    drop(): void;
}
