/** Channels, and streams that a worker keeps itself. */
export { ChannelDirection, ChannelItem, extractChannelRefs, isChannelRef, } from './channel/refs.js';
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
export async function createChannel(iii, bufferSize) {
    const refs = await iii.trigger({
        function_id: 'engine::channels::create',
        payload: { buffer_size: bufferSize ?? null },
    });
    return {
        writer: iii.openWriter(refs.writer),
        reader: iii.openReader(refs.reader),
        writerRef: refs.writer,
        readerRef: refs.reader,
    };
}
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
export function createStream(iii, streamName, stream) {
    const offer = (operation, run) => iii.registerFunction(`stream::${operation}(${streamName})`, (input) => run(input));
    offer('get', stream.get.bind(stream));
    offer('set', stream.set.bind(stream));
    offer('delete', stream.delete.bind(stream));
    offer('list', stream.list.bind(stream));
    offer('list_groups', stream.listGroups.bind(stream));
    offer('update', stream.update.bind(stream));
}
