/** Inputs and results of the functions of the `stream` worker. */
export interface StreamAuthInput {
    headers: Record<string, string>;
    path: string;
    query_params: Record<string, string[]>;
    addr: string;
}
export interface StreamAuthResult {
    context?: unknown;
}
export type StreamContext = StreamAuthResult['context'];
export interface StreamJoinLeaveEvent {
    subscription_id: string;
    stream_name: string;
    group_id: string;
    id?: string;
    context?: StreamContext;
}
export interface StreamJoinResult {
    unauthorized: boolean;
}
export interface StreamListGroupsInput {
    stream_name: string;
}
export interface StreamListInput extends StreamListGroupsInput {
    group_id: string;
}
export interface StreamGetInput extends StreamListInput {
    item_id: string;
}
export type StreamDeleteInput = StreamGetInput;
export interface StreamSetInput extends StreamGetInput {
    data: unknown;
}
export interface StreamUpdateInput extends StreamGetInput {
    ops: UpdateOp[];
}
export interface StreamSetResult<Data> {
    old_value?: Data;
    new_value: Data;
}
export interface StreamUpdateResult<Data> extends StreamSetResult<Data> {
    /** Operations that did not apply. */
    errors?: UpdateOpError[];
}
export interface StreamDeleteResult {
    old_value?: unknown;
}
/** A field's name, or the names on the way to it. */
export type MergePath = string | string[];
export interface UpdateSet {
    type: 'set';
    /** Empty: the whole value. */
    path: string;
    value: unknown;
}
export interface UpdateIncrement {
    type: 'increment';
    path: string;
    by: number;
}
export interface UpdateDecrement {
    type: 'decrement';
    path: string;
    by: number;
}
export interface UpdateAppend {
    type: 'append';
    path?: MergePath;
    value: unknown;
}
export interface UpdateRemove {
    type: 'remove';
    path: string;
}
export interface UpdateMerge {
    type: 'merge';
    path?: MergePath;
    value: unknown;
}
export type UpdateOp = UpdateSet | UpdateIncrement | UpdateDecrement | UpdateAppend | UpdateRemove | UpdateMerge;
/** Why an operation did not apply. */
export interface UpdateOpError {
    op_index: number;
    code: string;
    message: string;
    doc_url?: string;
}
export interface StreamTriggerConfig {
    stream_name: string;
    group_id?: string;
    item_id?: string;
    condition_function_id?: string;
}
export interface StreamJoinLeaveTriggerConfig {
    condition_function_id?: string;
}
export interface StreamChangeEventDetail {
    type: 'create' | 'update' | 'delete';
    data: unknown;
}
/** What functions bound to a `stream` trigger are given. */
export interface StreamChangeEvent {
    type: 'stream';
    timestamp: number;
    streamName: string;
    groupId: string;
    id?: string;
    event: StreamChangeEventDetail;
}
