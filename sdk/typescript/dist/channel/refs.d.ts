/** References to channel ends, as they travel in payloads. */
import type { Direction } from '../transport/transport.ts';
/**
 * A reference to one end of a channel: plain JSON that may stand anywhere in a payload. It is good
 * for one attach. Keep its key out of logs.
 */
export interface StreamChannelRef {
    channel_id: string;
    access_key: string;
    direction: Direction;
}
/**
 * Which end of a channel a reference is for.
 *
 * @example
 * ```ts
 * import { ChannelDirection } from 'iii-kit/helpers'
 * ChannelDirection.Read // 'read'
 * ```
 */
export declare const ChannelDirection: {
    readonly Read: 'read';
    readonly Write: 'write';
};
export type ChannelDirection = Direction;
/** Something that was read from a channel. */
export type ChannelItem = {
    type: 'text';
    value: string;
} | {
    type: 'binary';
    value: Uint8Array;
};
/**
 * Makes items.
 *
 * @example
 * ```ts
 * import { ChannelItem } from 'iii-kit/helpers'
 * ChannelItem.Text('begin') // { type: 'text', value: 'begin' }
 * ```
 */
export declare const ChannelItem: {
    readonly Text: (value: string) => ChannelItem;
    readonly Binary: (value: Uint8Array) => ChannelItem;
};
/**
 * Whether a value is a reference to a channel end.
 *
 * @example
 * ```ts
 * import { isChannelRef } from 'iii-kit/helpers'
 * isChannelRef({ channel_id: 'c', access_key: 'k', direction: 'read' }) // true
 * ```
 */
export declare function isChannelRef(value: unknown): value is StreamChannelRef;
/**
 * All references in a value, each with its path.
 *
 * @example
 * ```ts
 * import { extractChannelRefs } from 'iii-kit/helpers'
 * const ref = { channel_id: 'c', access_key: 'k', direction: 'read' }
 * extractChannelRefs({ files: [ref] }) // [['files[0]', ref]]
 * ```
 */
export declare function extractChannelRefs(data: unknown): [string, StreamChannelRef][];
/**
 * Puts what `open` makes of them in the place of all references in a value. It is made when it is
 * first looked at: an end that nobody uses is none.
 */
export declare function replaceChannelRefs(value: unknown, open: (ref: StreamChannelRef) => unknown): unknown;
