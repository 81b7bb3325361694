/** Channels, and streams that a worker keeps itself. */
import type { ChannelReader } from './channel/reader.ts';
import type { StreamChannelRef } from './channel/refs.ts';
import type { ChannelWriter } from './channel/writer.ts';
import type { IStream } from './stream.ts';
import type { CanTrigger } from './trigger.ts';
import type { IIIClient } from './types.ts';
export { ChannelDirection, ChannelItem, extractChannelRefs, isChannelRef, } from './channel/refs.ts';
/** A new channel. Use one end and hand the reference of the other on. */
export interface Channel<Writer = ChannelWriter, Reader = ChannelReader> {
    readonly writer: Writer;
    readonly reader: Reader;
    /** What a payload carries to let another worker write. */
    readonly writerRef: StreamChannelRef;
    /** What a payload carries to let another worker read. */
    readonly readerRef: StreamChannelRef;
}
/** What making channels needs of a client. */
export type ChannelHost = CanTrigger & Pick<IIIClient, 'openReader' | 'openWriter'>;
/**
 * Makes a channel; `bufferSize` is in frames.
 *
 * @example
 * ```ts
 * import { registerWorker } from 'iii-kit'
 * import { createChannel } from 'iii-kit/helpers'
 * const iii = registerWorker('ws://localhost:49134')
 * const { reader, writerRef } = await createChannel(iii)
 * const call = iii.trigger({ function_id: 'files::load', payload: { output: writerRef } })
 * const file = await reader.readAll()
 * await call
 * ```
 */
export declare function createChannel(iii: ChannelHost, bufferSize?: number): Promise<Channel>;
/**
 * Keeps a stream in this worker: the `stream` worker calls these functions instead of its store.
 *
 * @example
 * ```ts
 * import { registerWorker } from 'iii-kit'
 * import { createStream } from 'iii-kit/helpers'
 * import type { IStream } from 'iii-kit/stream'
 * declare const inventory: IStream<{ left: number }>
 * createStream(registerWorker('ws://localhost:49134'), 'inventory', inventory)
 * ```
 */
export declare function createStream<Data>(iii: Pick<IIIClient, 'registerFunction'>, streamName: string, stream: IStream<Data>): void;
