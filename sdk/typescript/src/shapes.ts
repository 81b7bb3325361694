/** The fields of every message, in canonical order. */

import type { MessageKind } from './message.ts'

/** How a field is read. */
export type FieldKind =
  | 'name'
  | 'text'
  | 'invocation'
  | 'trace'
  | 'description'
  | 'payload'
  | 'json'
  | 'object'
  | 'schema'
  | 'number'
  | 'flag'
  | 'texts'

export interface Field {
  readonly name: string
  readonly kind: FieldKind
  readonly required: boolean
  /** What an absent field reads as, where that is not `undefined`. */
  readonly absent?: unknown
}

const must = (kind: FieldKind, name: string): Field => ({ name, kind, required: true })
const may = (kind: FieldKind, name: string, absent?: unknown): Field => ({
  name,
  kind,
  required: false,
  absent,
})

const TRACE = [may('trace', 'traceparent'), may('trace', 'tracestate'), may('trace', 'baggage')]

export const SHAPES: Readonly<Record<MessageKind, readonly Field[]>> = {
  invokefunction: [
    may('invocation', 'invocation_id'),
    must('name', 'function_id'),
    may('payload', 'data'),
    may('object', 'action'),
    may('json', 'metadata'),
    may('text', 'namespace'),
    ...TRACE,
    may('object', 'caller'),
    may('number', 'timeout_ms'),
    may('invocation', 'parent'),
    may('number', 'attempt'),
    may('object', 'delivery'),
  ],
  invocationresult: [
    must('invocation', 'invocation_id'),
    may('text', 'function_id'),
    may('payload', 'result'),
    may('json', 'error'),
    ...TRACE,
    may('flag', 'quiet'),
  ],
  cancelinvocation: [must('invocation', 'invocation_id'), may('text', 'reason')],
  registerfunction: [
    must('name', 'id'),
    may('description', 'description'),
    may('schema', 'request_format'),
    may('schema', 'response_format'),
    may('json', 'metadata'),
    may('object', 'invocation'),
    may('number', 'timeout_ms'),
    may('flag', 'exclusive'),
  ],
  functionregistered: [must('name', 'id'), must('name', 'namespace')],
  unregisterfunction: [must('name', 'id')],
  registerservice: [must('name', 'id')],
  registertriggertype: [
    must('name', 'id'),
    may('description', 'description'),
    may('schema', 'trigger_request_format'),
    may('schema', 'call_request_format'),
    may('text', 'namespace'),
  ],
  triggertyperegistered: [must('name', 'id'), must('name', 'namespace')],
  unregistertriggertype: [must('name', 'id'), may('text', 'namespace')],
  registertrigger: [
    must('name', 'id'),
    must('name', 'trigger_type'),
    must('name', 'function_id'),
    may('payload', 'config', null),
    may('json', 'metadata'),
    may('text', 'namespace'),
    may('text', 'trigger_namespace'),
  ],
  unregistertrigger: [must('name', 'id'), may('text', 'trigger_type')],
  triggerregistrationresult: [
    must('name', 'id'),
    must('name', 'trigger_type'),
    may('text', 'function_id'),
    may('json', 'error'),
  ],
  workerregistered: [
    must('name', 'worker_id'),
    may('text', 'reattach_token'),
    may('texts', 'features'),
    may('text', 'channel_secret'),
  ],
  registrationrejected: [
    must('name', 'code'),
    may('text', 'namespace', ''),
    may('text', 'worker_name'),
    may('text', 'function_id'),
    may('text', 'trigger_type'),
    may('text', 'owner_worker_id', ''),
    may('description', 'message'),
  ],
  reattach: [must('name', 'previous_worker_id'), may('text', 'reattach_token')],
  drain: [may('text', 'reason')],
  ping: [],
  pong: [],
  error: [must('json', 'error')],
}
