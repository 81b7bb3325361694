/** State: scoped values, over the functions of the `state` worker. */
/**
 * What happened to a value.
 *
 * @example
 * ```ts
 * import { StateEventType } from 'iii-kit/state'
 * StateEventType.Created // 'state:created'
 * ```
 */
export const StateEventType = {
    Created: 'state:created',
    Updated: 'state:updated',
    Deleted: 'state:deleted',
};
/**
 * One scope of state, over a client or the context of an invocation.
 *
 * @example
 * ```ts
 * import { registerWorker, state } from 'iii-kit'
 * const orders = state<{ total: number }>(registerWorker('ws://localhost:49134'), 'orders')
 * await orders.set('7', { total: 3 })
 * await orders.update('7', [{ type: 'increment', path: 'total', by: 2 }])
 * console.log(await orders.get('7')) // { total: 5 }
 * ```
 */
export function state(iii, scope) {
    const call = (operation, input) => iii.trigger({
        function_id: `state::${operation}`,
        payload: { scope, ...input },
        namespace: 'default',
    });
    return {
        get: async (key) => (await call('get', { key })) ?? undefined,
        set: (key, value, options) => call('set', { key, value, ...options }),
        update: (key, ops) => call('update', { key, ops }),
        delete: async (key) => (await call('delete', { key })) ?? undefined,
        list: () => call('list', {}),
        page: (options) => call('list', { ...options, keys: true }),
    };
}
