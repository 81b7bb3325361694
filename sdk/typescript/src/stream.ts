/** Streams: collections that browsers follow, over the functions of the `stream` worker. */

import type {
  StreamDeleteInput,
  StreamDeleteResult,
  StreamGetInput,
  StreamListGroupsInput,
  StreamListInput,
  StreamSetInput,
  StreamSetResult,
  StreamUpdateInput,
  StreamUpdateResult,
  UpdateOp,
} from './stream_types.ts'
import type { CanTrigger } from './trigger.ts'

export type * from './stream_types.ts'

/** A stream that a worker keeps itself; see `createStream`. */
export interface IStream<Data> {
  get(input: StreamGetInput): Promise<Data | null>
  set(input: StreamSetInput): Promise<StreamSetResult<Data> | null>
  delete(input: StreamDeleteInput): Promise<StreamDeleteResult>
  list(input: StreamListInput): Promise<Data[]>
  listGroups(input: StreamListGroupsInput): Promise<string[]>
  update(input: StreamUpdateInput): Promise<StreamUpdateResult<Data> | null>
}

/** One stream. */
export interface Stream<Data> {
  /** An item; `undefined` when there is none. */
  get(group_id: string, item_id: string): Promise<Data | undefined>
  set(group_id: string, item_id: string, data: Data): Promise<StreamSetResult<Data>>
  update(group_id: string, item_id: string, ops: UpdateOp[]): Promise<StreamUpdateResult<Data>>
  delete(group_id: string, item_id: string): Promise<StreamDeleteResult>
  list(group_id: string): Promise<Data[]>
  listGroups(): Promise<string[]>
  /** Sends an event that is not kept to whoever follows the group. */
  send(group_id: string, type: string, data: unknown, id?: string): Promise<void>
}

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
export function stream<Data = unknown>(iii: CanTrigger, stream_name: string): Stream<Data> {
  const call = <Out>(operation: string, input: object): Promise<Out> =>
    iii.trigger<Out>({
      function_id: `stream::${operation}`,
      payload: { stream_name, ...input },
      namespace: 'default',
    })
  return {
    get: async (group_id, item_id) =>
      (await call<Data | null | undefined>('get', { group_id, item_id })) ?? undefined,
    set: (group_id, item_id, data) => call('set', { group_id, item_id, data }),
    update: (group_id, item_id, ops) => call('update', { group_id, item_id, ops }),
    delete: (group_id, item_id) => call('delete', { group_id, item_id }),
    list: (group_id) => call('list', { group_id }),
    listGroups: () => call('list_groups', {}),
    send: async (group_id, type, data, id) => {
      await call('send', { group_id, id, type, data })
    },
  }
}
