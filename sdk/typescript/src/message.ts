/** The messages of the protocol; `protocol/spec.md` says what they mean. */

/** What a call is to be: fire and forget, or handed to the worker behind the action's name. */
export type Action = { type: string; [field: string]: unknown }

/** Who called, as stamped by the engine. */
export interface CallerBody {
  worker_id?: string
  worker_name?: string
  function_id?: string
  invocation_id?: string
}

/** What a queue says about the message it delivers. */
export interface Delivery {
  /** Identifies the message in its queue, the same in every attempt. */
  message_id: string
  queue: string
  /** When it was put on the queue, in milliseconds since the Unix epoch. */
  enqueued_at: number
}

export interface InvokeFunction {
  type: 'invokefunction'
  invocation_id?: string
  function_id: string
  data?: unknown
  action?: unknown
  metadata?: unknown
  namespace?: string
  traceparent?: string
  tracestate?: string
  baggage?: string
  caller?: CallerBody
  timeout_ms?: number
  parent?: string
  attempt?: number
  delivery?: Delivery
}

export interface InvocationResult {
  type: 'invocationresult'
  invocation_id: string
  function_id?: string
  result?: unknown
  error?: unknown
  traceparent?: string
  tracestate?: string
  baggage?: string
  quiet?: boolean
}

export interface CancelInvocation {
  type: 'cancelinvocation'
  invocation_id: string
  reason?: string
}

export interface RegisterFunction {
  type: 'registerfunction'
  id: string
  description?: string
  request_format?: unknown
  response_format?: unknown
  metadata?: unknown
  invocation?: unknown
  timeout_ms?: number
  exclusive?: boolean
}

export interface RegisterTriggerType {
  type: 'registertriggertype'
  id: string
  description?: string
  trigger_request_format?: unknown
  call_request_format?: unknown
  namespace?: string
}

export interface RegisterTrigger {
  type: 'registertrigger'
  id: string
  trigger_type: string
  function_id: string
  config: unknown
  metadata?: unknown
  namespace?: string
  trigger_namespace?: string
}

export interface UnregisterTrigger {
  type: 'unregistertrigger'
  id: string
  trigger_type?: string
}

export interface TriggerRegistrationResult {
  type: 'triggerregistrationresult'
  id: string
  trigger_type: string
  function_id?: string
  error?: unknown
}

export interface WorkerRegistered {
  type: 'workerregistered'
  worker_id: string
  reattach_token?: string
  features?: string[]
  channel_secret?: string
}

export interface RegistrationRejected {
  type: 'registrationrejected'
  code: string
  namespace: string
  worker_name?: string
  function_id?: string
  trigger_type?: string
  owner_worker_id: string
  message?: string
}

export interface ErrorMessage {
  type: 'error'
  error: unknown
}

/** Every message of the protocol. */
export type Message =
  | InvokeFunction
  | InvocationResult
  | CancelInvocation
  | RegisterFunction
  | { type: 'functionregistered'; id: string; namespace: string }
  | { type: 'unregisterfunction'; id: string }
  | { type: 'registerservice'; id: string }
  | RegisterTriggerType
  | { type: 'triggertyperegistered'; id: string; namespace: string }
  | { type: 'unregistertriggertype'; id: string; namespace?: string }
  | RegisterTrigger
  | UnregisterTrigger
  | TriggerRegistrationResult
  | WorkerRegistered
  | RegistrationRejected
  | { type: 'reattach'; previous_worker_id: string; reattach_token?: string }
  | { type: 'drain'; reason?: string }
  | { type: 'ping' }
  | { type: 'pong' }
  | ErrorMessage

export type MessageKind = Message['type']
