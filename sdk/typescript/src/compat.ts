/**
 * The shape of the published package, to the letter: handlers are given their input, then its
 * metadata, and then the context. Types are as loose as they are there.
 *
 * @module
 */

import type { Context } from './context.ts'
import type { HttpInvocationConfig } from './http_invocation.ts'
import type { Registration } from './registration.ts'
import type { TriggerRequest } from './trigger.ts'
import type { TriggerHandler } from './trigger_type.ts'
import type {
  IIIClient as Client,
  FunctionRef,
  RegisterFunctionOptions,
  RegisterTriggerInput,
  RegisterTriggerTypeInput,
  Trigger,
  TriggerTypeRef,
} from './types.ts'

// biome-ignore lint/suspicious/noExplicitAny: programs of the published package rely on it
type Loose = any

/** What runs when a function is called. */
export type RemoteFunctionHandler<In = Loose, Out = Loose> = (
  data: In,
  metadata?: Loose,
  context?: Context,
) => Promise<Out> | Out

/** A client in the shape of the published package. */
export interface IIIClient
  extends Omit<Client, 'registerFunction' | 'registerTrigger' | 'registerTriggerType' | 'trigger'> {
  registerFunction(
    functionId: string,
    handler: RemoteFunctionHandler | HttpInvocationConfig,
    options?: RegisterFunctionOptions,
  ): Registration<FunctionRef>
  registerTrigger(trigger: RegisterTriggerInput): Registration<Trigger>
  registerTriggerType<Config = Loose>(
    triggerType: RegisterTriggerTypeInput,
    handler: TriggerHandler<Config>,
  ): Registration<TriggerTypeRef<Config>>
  trigger<In = unknown, Out = Loose>(request: TriggerRequest<In>): Promise<Out>
}

/** Gives handlers the arguments of the published package. */
function adapted<H>(handler: H): H {
  if (typeof handler !== 'function') return handler
  const run = handler as unknown as RemoteFunctionHandler
  return ((input: unknown, context: Context) =>
    run(input, context.metadata, context)) as unknown as H
}

/** Wraps a client. */
export function compatible(client: Client): IIIClient {
  return {
    trigger: client.trigger,
    registerFunction: (id, handler, options) =>
      client.registerFunction(id, adapted(handler) as HttpInvocationConfig, options),
    registerTrigger: (trigger) => client.registerTrigger(trigger),
    registerTriggerType(input, handler) {
      const ref = client.registerTriggerType(input, handler)
      const registerFunction: typeof ref.registerFunction = (id, run, config, metadata) =>
        ref.registerFunction(id, adapted(run), config, metadata)
      return { ...ref, registerFunction }
    },
    unregisterTriggerType: (input) => client.unregisterTriggerType(input),
    openReader: (ref) => client.openReader(ref),
    openWriter: (ref) => client.openWriter(ref),
    mintChannelRefs: (buffer) => client.mintChannelRefs(buffer),
    connected: () => client.connected(),
    getConnectionState: () => client.getConnectionState(),
    addConnectionStateListener: (listener) => client.addConnectionStateListener(listener),
    getAddress: () => client.getAddress(),
    getFatalError: () => client.getFatalError(),
    shutdown: (options) => client.shutdown(options),
  }
}
