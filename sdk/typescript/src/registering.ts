/** From a registration to its handle. */

import type { Clock } from './clock.ts'
import type { Context } from './context.ts'
import type { HttpInvocationConfig } from './http_invocation.ts'
import type { Limits } from './limits.ts'
import type { LogSink } from './logger.ts'
import type { RegisterFunction, RegisterTriggerType } from './message.ts'
import type { Providers } from './providers.ts'
import { Acknowledgement, checkId, type Registration } from './registration.ts'
import type { AnyHandler, Registry } from './registry.ts'
import { announced, isStandardSchema, type Schema } from './schema.ts'
import type { TriggerHandler } from './trigger_type.ts'
import type {
  FunctionRef,
  RegisterFunctionMethod,
  RegisterFunctionOptions,
  RegisterTriggerInput,
  Trigger,
  TriggerTypeRef,
} from './types.ts'

interface Parts {
  readonly registry: Registry
  readonly providers: Providers
  readonly clock: Clock
  readonly limits: Limits
  readonly log: LogSink
  readonly namespace: string | undefined
  /** Why nothing can be registered any more, if so. */
  readonly ended: () => Error | undefined
}

type Options = RegisterFunctionOptions<Schema, Schema>

export class Registering {
  readonly #parts: Parts
  readonly function: RegisterFunctionMethod

  constructor(parts: Parts) {
    this.#parts = parts
    this.function = ((id: string, handler: AnyHandler | HttpInvocationConfig, options?: Options) =>
      this.#function(id, handler, options)) as RegisterFunctionMethod
  }

  #function(
    id: string,
    handler: AnyHandler | HttpInvocationConfig,
    options: Options = {},
  ): Registration<FunctionRef> {
    checkId(id, options.description)
    const local = typeof handler === 'function'
    const { request_format: request, response_format: response } = options
    const announcement: RegisterFunction = {
      type: 'registerfunction',
      id,
      description: options.description,
      request_format: announced(request),
      response_format: announced(response),
      metadata: options.metadata,
      invocation: local ? undefined : handler,
      timeout_ms: options.timeout_ms,
      exclusive: options.exclusive === true ? true : undefined,
    }
    const acknowledgement = this.#acknowledgement(id)
    const { registry } = this.#parts
    registry.addFunction({
      announcement,
      handler: local ? handler : undefined,
      input: isStandardSchema(request) ? request : undefined,
      acknowledgement,
    })
    return acknowledgement.awaitable({ id, unregister: () => registry.removeFunction(id) })
  }

  trigger<Config>(input: RegisterTriggerInput<Config>): Registration<Trigger> {
    checkId(input.type)
    checkId(input.function_id)
    const { registry, namespace } = this.#parts
    const id = randomId()
    const acknowledgement = this.#acknowledgement(input.function_id)
    registry.addTrigger({
      announcement: {
        type: 'registertrigger',
        id,
        trigger_type: input.type,
        function_id: input.function_id,
        config: input.config ?? null,
        metadata: input.metadata,
        namespace: input.namespace ?? namespace,
        trigger_namespace: input.trigger_namespace,
      },
      acknowledgement,
    })
    return acknowledgement.awaitable({ id, unregister: () => registry.removeTrigger(id) })
  }

  triggerType<Config>(
    input: Omit<RegisterTriggerType, 'type'>,
    handler: TriggerHandler<Config>,
  ): Registration<TriggerTypeRef<Config>> {
    checkId(input.id, input.description)
    const { id, description, trigger_request_format, call_request_format, namespace } = input
    const formats = { trigger_request_format, call_request_format }
    const acknowledgement = this.#acknowledgement(id)
    const { providers } = this.#parts
    const announcement = { type: 'registertriggertype', id, description, ...formats } as const
    providers.add({ ...announcement, namespace }, handler as TriggerHandler, acknowledgement)
    const bind = (function_id: string, config: Config, metadata?: Record<string, unknown>) =>
      this.trigger({ type: id, function_id, config, metadata, trigger_namespace: namespace })
    return acknowledgement.awaitable<TriggerTypeRef<Config>>({
      id,
      registerTrigger: bind,
      registerFunction: (functionId, functionHandler, config, metadata) => {
        const handle = functionHandler as (input: never, context: Context) => unknown
        const ref = this.#function(functionId, handle as AnyHandler)
        bind(functionId, config, metadata)
        return ref
      },
      unregister: () => providers.retire(id),
    })
  }

  #acknowledgement(id: string): Acknowledgement {
    const ended = this.#parts.ended()
    if (ended !== undefined) throw ended
    const { clock, limits, log } = this.#parts
    return new Acknowledgement(id, clock, limits.registrationTimeoutMs, log)
  }
}

function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  const groups = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20)]
  return [...groups, hex.slice(20)].join('-')
}
