/** The messages of the wire. @module */
import type { MessageKind } from '../message.ts'

/**
 * Types of messages.
 *
 * @example
 * ```ts
 * import { MessageType } from 'iii-kit/protocol'
 * MessageType.InvokeFunction // 'invokefunction'
 * ```
 */
export const MessageType = {
  RegisterFunction: 'registerfunction',
  UnregisterFunction: 'unregisterfunction',
  InvokeFunction: 'invokefunction',
  InvocationResult: 'invocationresult',
  RegisterTriggerType: 'registertriggertype',
  RegisterTrigger: 'registertrigger',
  UnregisterTrigger: 'unregistertrigger',
  UnregisterTriggerType: 'unregistertriggertype',
  TriggerRegistrationResult: 'triggerregistrationresult',
  WorkerRegistered: 'workerregistered',
  Reattach: 'reattach',
} as const satisfies Record<string, MessageKind>
export type MessageType = (typeof MessageType)[keyof typeof MessageType]

export type { ErrorBody } from '../errors.ts'
export type {
  InvocationResult as InvocationResultMessage,
  InvokeFunction as InvokeFunctionMessage,
  Message,
  RegisterFunction as RegisterFunctionMessage,
  RegisterTrigger as RegisterTriggerMessage,
  RegisterTriggerType as RegisterTriggerTypeMessage,
} from '../message.ts'
export type { JsonSchema as RegisterFunctionFormat } from '../schema.ts'
export type { TriggerRequest } from '../trigger.ts'
export type {
  RegisterFunctionOptions,
  RegisterTriggerInput,
  RegisterTriggerTypeInput,
} from '../types.ts'
