/** Streams: collections that browsers follow, over the functions of the `stream` worker. */
/**
 * One stream, over a client or the context of an invocation.
 *
 * @example
 * ```ts
 * import { registerWorker, stream } from 'iii-kit'
 * const chat = stream<{ text: string }>(registerWorker('ws://localhost:49134'), 'chat')
 * await chat.set('room-1', 'message-1', { text: 'hello' })
 * console.log(await chat.list('room-1'))
 * ```
 */
export function stream(iii, stream_name) {
    const call = (operation, input) => iii.trigger({
        function_id: `stream::${operation}`,
        payload: { stream_name, ...input },
        namespace: 'default',
    });
    return {
        get: async (group_id, item_id) => (await call('get', { group_id, item_id })) ?? undefined,
        set: (group_id, item_id, data) => call('set', { group_id, item_id, data }),
        update: (group_id, item_id, ops) => call('update', { group_id, item_id, ops }),
        delete: (group_id, item_id) => call('delete', { group_id, item_id }),
        list: (group_id) => call('list', { group_id }),
        listGroups: () => call('list_groups', {}),
        send: async (group_id, type, data, id) => {
            await call('send', { group_id, id, type, data });
        },
    };
}
