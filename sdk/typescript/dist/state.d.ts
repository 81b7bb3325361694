/** State: scoped values, over the functions of the `state` worker. */
import type { UpdateOp, UpdateOpError } from './stream_types.ts';
import type { CanTrigger } from './trigger.ts';
export interface StateGetInput {
    scope: string;
    key: string;
}
export interface StateSetInput extends StateGetInput {
    value: unknown;
    /** Only if the value has this version; else `VERSION_MISMATCH`. */
    if_version?: number;
    /** The value goes away after so long. */
    ttl_ms?: number;
}
export type StateDeleteInput = StateGetInput;
export interface StateListInput {
    scope: string;
}
export interface StateUpdateInput extends StateGetInput {
    ops: UpdateOp[];
}
export interface StateSetResult<Value> {
    old_value?: Value;
    new_value: Value;
}
export interface StateUpdateResult<Value> extends StateSetResult<Value> {
    /** Operations that did not apply. */
    errors?: UpdateOpError[];
}
export interface StateDeleteResult {
    old_value?: unknown;
}
/**
 * What happened to a value.
 *
 * @example
 * ```ts
 * import { StateEventType } from 'iii-kit/state'
 * StateEventType.Created // 'state:created'
 * ```
 */
export declare const StateEventType: {
    readonly Created: 'state:created';
    readonly Updated: 'state:updated';
    readonly Deleted: 'state:deleted';
};
export type StateEventType = (typeof StateEventType)[keyof typeof StateEventType];
/** What functions bound to a `state` trigger are given. */
export interface StateEventData<Value = unknown> {
    type: 'state';
    event_type: StateEventType;
    scope: string;
    key: string;
    old_value?: Value;
    new_value?: Value;
}
/** State, as the published package names its operations. */
export interface IState {
    get<Value>(input: StateGetInput): Promise<Value | null>;
    set<Value>(input: StateSetInput): Promise<StateSetResult<Value> | null>;
    delete(input: StateDeleteInput): Promise<StateDeleteResult>;
    list<Value>(input: StateListInput): Promise<Value[]>;
    update<Value>(input: StateUpdateInput): Promise<StateUpdateResult<Value> | null>;
}
/** One scope of state. */
export interface State<Value> {
    /** The value of a key; `undefined` when there is none. */
    get(key: string): Promise<Value | undefined>;
    set(key: string, value: Value, options?: {
        if_version?: number;
        ttl_ms?: number;
    }): Promise<StateSetResult<Value>>;
    /** Changes a value without reading it first. */
    update(key: string, ops: UpdateOp[]): Promise<StateUpdateResult<Value>>;
    /** The value that was there. */
    delete(key: string): Promise<Value | undefined>;
    /** All values. */
    list(): Promise<Value[]>;
    /** Values with their keys, page by page. */
    page(options?: {
        prefix?: string;
        cursor?: string;
        limit?: number;
    }): Promise<StatePage<Value>>;
}
/** Some of the values of a scope. */
export interface StatePage<Value> {
    items: {
        key: string;
        value: Value;
        version: number;
    }[];
    /** Where the next page begins; absent after the last. */
    cursor?: string;
}
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
export declare function state<Value = unknown>(iii: CanTrigger, scope: string): State<Value>;
