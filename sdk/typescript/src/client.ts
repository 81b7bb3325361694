/** The client: puts the parts together and hands messages to them. */

import { Calling } from './calling.ts'
import { ChannelEnd } from './channel/end.ts'
import { type ChannelRefs, channelNumber, fromBase64, mint } from './channel/mint.ts'
import type { ChannelReader } from './channel/reader.ts'
import { replaceChannelRefs, type StreamChannelRef } from './channel/refs.ts'
import type { ChannelWriter } from './channel/writer.ts'
import { type Clock, systemClock } from './clock.ts'
import { type DecodeError, encode } from './codec.ts'
import { Connection, type IIIConnectionState } from './connection/connection.ts'
import { introduction } from './connection/introduction.ts'
import { rejection } from './connection/rejection.ts'
import type { Context } from './context.ts'
import { InvocationError, type RegistrationRejectedError } from './errors.ts'
import { Calls } from './inflight.ts'
import { type InvocationHost, Invocations } from './invocations.ts'
import type { Limits } from './limits.ts'
import { Listeners } from './listeners.ts'
import { defaultSink, type LogSink } from './logger.ts'
import type { Message, WorkerRegistered } from './message.ts'
import { checkNamespace, type InitOptions, limitsOf } from './options.ts'
import type { Platform } from './platform.ts'
import { Providers } from './providers.ts'
import { Registering } from './registering.ts'
import type { Registration } from './registration.ts'
import { Registry } from './registry.ts'
import { announced } from './schema.ts'
import { currentScope } from './scope.ts'
import { ClientTelemetry } from './telemetry/of_client.ts'
import type { Dial } from './transport/transport.ts'
import type { TriggerRequest, TypedTrigger } from './trigger.ts'
import type { FiringHost, TriggerHandler } from './trigger_type.ts'
import type {
  IIIClient,
  RegisterFunctionMethod,
  RegisterTriggerInput,
  RegisterTriggerTypeInput,
  Trigger,
  TriggerTypeRef,
} from './types.ts'

/** Where the first calls of every client wait for an answer that comes in order. */
const BARRIER = { function_id: 'engine::triggers::info', payload: { id: '' }, timeoutMs: 1000 }

interface Greeting {
  readonly workerId: string
  readonly secret: Uint8Array | undefined
  readonly at: number
}

/** What a client is made of; tests bring a clock and a transport of their own. */
export interface ClientParts {
  readonly platform: Platform
  readonly options: InitOptions
  readonly dial: (limits: Limits) => Dial
  readonly clock?: Clock
}

export class Client implements IIIClient, InvocationHost, FiringHost {
  readonly logSink: LogSink
  readonly telemetry: ClientTelemetry
  readonly registerFunction: RegisterFunctionMethod
  readonly trigger: TypedTrigger
  readonly #platform: Platform
  readonly #options: InitOptions
  readonly #limits: Limits
  readonly #clock: Clock
  readonly #dial: Dial
  readonly #connection: Connection
  readonly #calls: Calls
  readonly #calling: Calling
  readonly #registry: Registry
  readonly #providers: Providers
  readonly #registering: Registering
  readonly #invocations: Invocations
  readonly #states = new Listeners<IIIConnectionState>()
  #greeting: Greeting | undefined
  #previous: { worker_id: string; reattach_token?: string } | undefined
  #fatal: RegistrationRejectedError | undefined
  #draining = false
  #stopping: Promise<void> | undefined
  #channels = 0
  readonly #openEnds = new Set<ChannelEnd>()
  channelsUsed = 0

  constructor({ platform, options, dial, clock = systemClock }: ClientParts) {
    this.#platform = platform
    this.#options = options
    this.#clock = clock
    this.logSink = options.log ?? defaultSink
    this.#limits = limitsOf(options)
    this.#dial = dial(this.#limits)
    const namespace = checkNamespace(options.namespace) ?? platform.env('III_NAMESPACE')
    const [limits, log] = [this.#limits, this.logSink]
    const connection = this.#connect(limits, log)
    this.#connection = connection
    const send = (frame: Uint8Array) => connection.sendFrame(frame)
    this.telemetry = new ClientTelemetry({ options, platform, limits, clock, send })
    this.#calls = new Calls(connection, limits, clock)
    this.#calling = new Calling({ calls: this.#calls, host: this, limits, namespace })
    this.#registry = new Registry(connection, limits, log)
    this.#providers = new Providers(connection, this, limits, log)
    this.#registering = new Registering({
      registry: this.#registry,
      providers: this.#providers,
      clock,
      limits,
      log,
      namespace,
      ended: () => (this.#over ? this.#endError() : undefined),
    })
    const development = options.development ?? platform.env('NODE_ENV') === 'development'
    const registry = this.#registry
    this.#invocations = new Invocations({ connection, registry, limits, host: this, development })
    this.registerFunction = this.#registering.function
    this.trigger = ((request: TriggerRequest) =>
      this.#calling.call(currentScope(), request)) as TypedTrigger
    connection.start()
  }

  #connect(limits: Limits, log: LogSink): Connection {
    return new Connection({
      dial: this.#dial,
      limits,
      clock: this.#clock,
      log,
      retriesMax: this.#options.reconnectionConfig?.maxRetries ?? -1,
      events: {
        greeted: (greeting) => this.#greeted(greeting),
        answeredBy: (text) => this.#calls.answeredBy(text),
        received: (message, text) => this.#received(message, text),
        malformed: (error) => this.#malformed(error),
        lost: () => this.#lost(),
        opened: () => this.#opened(),
        failed: (error) => this.#failed(error),
        stateChanged: (state) => this.#states.tell(state),
      },
    })
  }

  // === what programs call ===

  registerTrigger<Config>(trigger: RegisterTriggerInput<Config>): Registration<Trigger> {
    return this.#registering.trigger(trigger)
  }

  registerTriggerType<Config = unknown>(
    input: RegisterTriggerTypeInput,
    handler: TriggerHandler<Config>,
  ): Registration<TriggerTypeRef<Config>> {
    const formats = {
      trigger_request_format: announced(input.trigger_request_format),
      call_request_format: announced(input.call_request_format),
    }
    return this.#registering.triggerType({ ...input, ...formats }, handler)
  }

  unregisterTriggerType({ id }: { id: string }): void {
    this.#providers.retire(id)
  }

  openReader(ref: StreamChannelRef): ChannelReader {
    return this.#platform.openReader(this.#end(ref))
  }

  openWriter(ref: StreamChannelRef): ChannelWriter {
    const invocation = currentScope()?.invocation
    if (invocation === undefined) this.channelsUsed += 1
    else invocation.usesChannels = true
    return this.#platform.openWriter(this.#end(ref))
  }

  async mintChannelRefs(buffer?: number): Promise<ChannelRefs> {
    await this.connected()
    const greeting = this.#greeting
    if (greeting?.secret === undefined || globalThis.crypto?.subtle === undefined) {
      const payload = { buffer_size: buffer }
      return this.trigger<ChannelRefs>({ function_id: 'engine::channels::create', payload })
    }
    this.#channels += 1
    const number = channelNumber(this.#clock.now() - greeting.at, this.#channels)
    const frames = buffer === undefined ? '' : `.${buffer}`
    return mint(greeting.secret, `${greeting.workerId}.${number}${frames}`)
  }

  async connected(): Promise<void> {
    if (this.#connection.live) return
    if (this.#over) throw this.#endError()
    this.#connection.hold()
    try {
      await new Promise<void>((resolve, reject) => {
        const stop = this.addConnectionStateListener((state) => {
          if (state !== 'connected' && !this.#over) return
          stop()
          if (state === 'connected') resolve()
          else reject(this.#endError())
        })
      })
    } finally {
      this.#connection.release()
    }
  }

  getConnectionState(): IIIConnectionState {
    return this.#connection.state
  }

  addConnectionStateListener(listener: (state: IIIConnectionState) => void): () => void {
    return this.#states.add(listener)
  }

  getAddress(): string {
    return this.#dial.address
  }

  getFatalError(): RegistrationRejectedError | undefined {
    return this.#fatal
  }

  shutdown({ drainTimeoutMs = this.#limits.drainTimeoutMs } = {}): Promise<void> {
    this.#stopping ??= this.#shutdown(drainTimeoutMs)
    return this.#stopping
  }

  // === what its parts need of it ===

  get callTimeoutMs(): number {
    return this.#limits.callTimeoutMs
  }

  now(): number {
    return this.#clock.now()
  }

  wall(): number {
    return this.#clock.wall()
  }

  callWithin(context: Context, request: TriggerRequest): Promise<unknown> {
    return this.#calling.call(context, request)
  }

  openChannels(input: unknown, context: Context): unknown {
    return replaceChannelRefs(input, (ref) => {
      if (ref.direction === 'read') return this.openReader(ref)
      context.usesChannels = true
      return this.#platform.openWriter(this.#end(ref))
    })
  }

  // === what happens ===

  get #over(): boolean {
    const { state } = this.#connection
    return state === 'failed' || state === 'disconnected'
  }

  #end(ref: StreamChannelRef): ChannelEnd {
    const open = this.#openEnds
    return new ChannelEnd({ dial: this.#dial, limits: this.#limits, ref, open })
  }

  #greeted(greeting: WorkerRegistered): void {
    const connection = this.#connection
    if (this.#previous !== undefined) {
      const { worker_id: previous_worker_id, reattach_token } = this.#previous
      connection.send(encode({ type: 'reattach', previous_worker_id, reattach_token }))
    }
    this.#previous = greeting
    connection.send(encode(introduction(this.#platform, this.#options, this.#calling.namespace)))
    if (this.#draining) connection.send(encode({ type: 'drain' }))
    else {
      this.#providers.announceAll()
      this.#registry.announceAll()
    }
    const secret = greeting.channel_secret
    this.#greeting = {
      workerId: greeting.worker_id,
      secret: secret === undefined ? undefined : fromBase64(secret),
      at: this.#clock.now(),
    }
    this.#opened()
  }

  #opened(): void {
    this.#calls.opened()
    this.telemetry.flush()
  }

  #received(message: Message, text: string): void {
    switch (message.type) {
      case 'invokefunction':
        return this.#invocations.invoked(message, text)
      case 'invocationresult':
        return this.#calls.answered(message)
      case 'cancelinvocation':
        return this.#invocations.cancel(message.invocation_id, message.reason ?? 'cancelled')
      case 'functionregistered':
        return this.#registry.functionRegistered(message.id)
      case 'triggertyperegistered':
        return this.#providers.registered(message.id)
      case 'registertrigger':
        return this.#providers.bind(message)
      case 'unregistertrigger':
        return this.#providers.unbind(message)
      case 'triggerregistrationresult':
        return this.#registry.triggerAnswered(message)
      case 'registrationrejected':
      case 'error':
        return rejection(message, this.#connection, this.#registry, this.#providers)
      case 'ping':
        return this.#connection.send(encode({ type: 'pong' }))
      case 'drain': {
        const data = { reason: message.reason }
        return this.logSink({
          level: 'info',
          message: 'the engine asks this worker to leave',
          data,
        })
      }
      default:
        // The rest is for engines only, or an answer to nothing.
        return
    }
  }

  /** Whoever waits for a message that could not be read is told. */
  #malformed({ invocationId, messageType, message }: DecodeError): void {
    const data = { type: messageType, fault: message }
    this.logSink({ level: 'warn', message: 'unreadable message from the engine', data })
    if (invocationId === undefined) return
    if (messageType === 'invocationresult') {
      this.#calls.end(invocationId, { code: 'deserialization_error', message })
    } else if (messageType === 'invokefunction') {
      const error = { code: 'invalid_message', message }
      const invocation_id = invocationId
      this.#connection.send(encode({ type: 'invocationresult', invocation_id, error }))
    }
  }

  #lost(): void {
    this.#greeting = undefined
    this.#invocations.lost('connection_lost')
    this.#calls.lost()
    this.#registry.lost()
    this.#providers.lost()
  }

  #failed(error: RegistrationRejectedError): void {
    this.#fatal = error
    this.logSink({ level: 'error', message: error.message, data: { code: error.code } })
    this.#endAll('rejected')
  }

  #endError(): Error {
    if (this.#fatal !== undefined) return this.#fatal
    return new InvocationError({ code: 'shutting_down', message: 'the client is shut down' })
  }

  #endAll(reason: string): void {
    const error = () => this.#endError()
    this.#calls.endAll(error)
    this.#registry.endAll(error)
    this.#providers.endAll(error)
    this.#invocations.lost(reason)
    for (const end of [...this.#openEnds]) end.giveUp()
    this.telemetry.end()
  }

  async #shutdown(drainMs: number): Promise<void> {
    if (this.#over) return
    const serves = this.#registry.offersFunctions && this.#connection.live
    if (serves && drainMs > 0) await this.#drain(drainMs)
    if (this.#over) return
    this.telemetry.flush()
    const closed = this.#connection.close('disconnected')
    this.#endAll('shutting_down')
    let timer: { cancel(): void } | undefined
    const patience = new Promise<void>((resolve) => {
      timer = this.#clock.after(1000, resolve)
    })
    await Promise.race([closed, patience])
    timer?.cancel()
  }

  /** No new calls; those that run may finish, for a while. */
  async #drain(drainMs: number): Promise<void> {
    this.#draining = true
    this.#connection.send(encode({ type: 'drain' }))
    // What the engine sent before it knew has arrived when this is answered.
    await this.#calling.ask({ ...BARRIER, detached: true }).catch(() => undefined)
    let timer: { cancel(): void } | undefined
    const patience = new Promise<void>((resolve) => {
      timer = this.#clock.after(drainMs, resolve)
    })
    await Promise.race([this.#invocations.idle(), patience])
    timer?.cancel()
  }
}
