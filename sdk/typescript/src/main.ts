/** What both entries export. */

export { ChannelReader } from './channel/reader.ts'
export {
  ChannelDirection,
  ChannelItem,
  extractChannelRefs,
  isChannelRef,
  type StreamChannelRef,
} from './channel/refs.ts'
export { ChannelWriter } from './channel/writer.ts'
export type { IIIConnectionState } from './connection/connection.ts'
export { type Caller, Context } from './context.ts'
export { EngineFunctions, EngineTriggers } from './engine_ids.ts'
export {
  ChannelError,
  type ErrorBody,
  InvocationError,
  type InvocationErrorInit,
  RegistrationError,
  RegistrationRejectedError,
} from './errors.ts'
export { ERRORS, type ErrorCode, type ErrorInfo } from './errors_gen.ts'
export { EventStream, type ServerSentEvent } from './events.ts'
export type { HttpRequest, HttpResponse, HttpStreamRequest, HttpStreamResponse } from './http.ts'
export type { HttpAuthConfig, HttpInvocationConfig, HttpMethod } from './http_invocation.ts'
export type { JsonValue } from './json.ts'
export { LIMITS, type Limits } from './limits.ts'
export { Logger, type LogLevel, type LogLine, type LogSink } from './logger.ts'
export type { Delivery } from './message.ts'
export type {
  IIIReconnectionConfig,
  InitOptions,
  OtelConfig,
  TelemetryOptions,
} from './options.ts'
export { type Queue, queue } from './queue.ts'
export type { Registration } from './registration.ts'
export type {
  FromJsonSchema,
  InputOf,
  JsonSchema,
  OutputOf,
  Schema,
  StandardResult,
  StandardSchema,
} from './schema.ts'
export { currentContext } from './scope.ts'
export { type State, state } from './state.ts'
export { type Stream, stream } from './stream.ts'
export type { TraceContext } from './trace.ts'
export {
  type CanTrigger,
  type EnqueueResult,
  TriggerAction,
  type TriggerRequest,
  type TypedTrigger,
} from './trigger.ts'
export {
  BoundTrigger,
  type Fired,
  type FireOptions,
  type TriggerConfig,
  type TriggerHandler,
} from './trigger_type.ts'
export type {
  FunctionRef,
  Handler,
  IIIClient,
  RegisterFunctionMethod,
  RegisterFunctionOptions,
  RegisterTriggerInput,
  RegisterTriggerTypeInput,
  Trigger,
  TriggerTypeRef,
} from './types.ts'
export { VERSION } from './version.ts'
export type { MiddlewareFunctionInput } from './worker_connection_manager.ts'
