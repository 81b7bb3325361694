/** The engine's side of a memory transport, by hand. */

import assert from 'node:assert/strict'
import { Client } from '../src/client.ts'
import { decode, encode } from '../src/codec.ts'
import type { LogLine } from '../src/logger.ts'
import type { Message, MessageKind } from '../src/message.ts'
import { nodePlatform } from '../src/node/platform.ts'
import '../src/node/scope.ts'
import type { InitOptions } from '../src/options.ts'
import { type MemorySocket, memoryDial } from '../src/transport/memory.ts'
import type { DialError } from '../src/transport/transport.ts'
import { FakeClock, settled } from './fake_clock.ts'

type Of<K extends MessageKind> = Extract<Message, { type: K }>

/** One connection, as the engine sees it. */
export class Connected {
  readonly heard: Message[] = []
  /** Frames of telemetry. */
  readonly frames: string[] = []
  closed: number | undefined
  over = false

  constructor(readonly socket: MemorySocket) {
    socket.start({
      message: (data) => {
        if (typeof data === 'string') this.heard.push(decode(data))
        else this.frames.push(new TextDecoder().decode(data))
      },
      alive: () => undefined,
      drained: () => undefined,
      closed: (end) => {
        this.over = true
        this.closed = end.code
      },
    })
  }

  greet(features: string[] = ['iii-kit.v1']): void {
    this.say({
      type: 'workerregistered',
      worker_id: 'w-1',
      reattach_token: 'token-1',
      features,
      channel_secret: btoa('secret'),
    })
  }

  say(message: Message): void {
    this.socket.send(encode(message))
  }

  raw(text: string): void {
    this.socket.send(text)
  }

  all<K extends MessageKind>(type: K): Of<K>[] {
    return this.heard.filter((message): message is Of<K> => message.type === type)
  }

  /** Takes the first message of a type out; it has to be there. */
  take<K extends MessageKind>(type: K): Of<K> {
    const at = this.heard.findIndex((message) => message.type === type)
    assert.ok(at >= 0, `no ${type} in ${JSON.stringify(this.heard)}`)
    return this.heard.splice(at, 1)[0] as Of<K>
  }

  /** Takes the first call of a function out. */
  call(functionId: string): Of<'invokefunction'> {
    const at = this.heard.findIndex(
      (message) => message.type === 'invokefunction' && message.function_id === functionId,
    )
    assert.ok(at >= 0, `no call of ${functionId} in ${JSON.stringify(this.heard)}`)
    return this.heard.splice(at, 1)[0] as Of<'invokefunction'>
  }

  answer(invoke: Of<'invokefunction'>, result: unknown): void {
    this.say({
      type: 'invocationresult',
      invocation_id: String(invoke.invocation_id),
      result,
    })
  }

  invoke(id: string, function_id: string, more: Partial<Of<'invokefunction'>> = {}): void {
    this.say({ type: 'invokefunction', invocation_id: id, function_id, ...more })
  }
}

/** A client and the engine it talks to. */
export class World {
  readonly clock = new FakeClock()
  readonly connections: Connected[] = []
  readonly lines: LogLine[] = []
  readonly client: Client
  /** Why dialling fails, if it does. */
  refusal: DialError | undefined

  constructor(options: InitOptions = {}, refusal?: DialError) {
    this.refusal = refusal
    const dial = memoryDial((target, socket) => {
      if (this.refusal !== undefined) throw this.refusal
      if (target.kind === 'worker') this.connections.push(new Connected(socket))
    })
    this.client = new Client({
      platform: nodePlatform,
      options: { workerName: 'test', log: (line) => this.lines.push(line), ...options },
      dial: () => dial,
      clock: this.clock,
    })
  }

  /** The present connection. */
  get engine(): Connected {
    const last = this.connections[this.connections.length - 1]
    assert.ok(last, 'nobody has connected')
    return last
  }

  /** A client that the engine has greeted; its introduction is taken out. */
  static async connected(options: InitOptions = {}): Promise<World> {
    const world = new World(options)
    await world.greet()
    world.engine.call('engine::workers::register')
    return world
  }

  async greet(): Promise<void> {
    await settled()
    this.engine.greet()
    await settled()
  }

  /** The connection breaks, and the next one comes up. */
  async reconnect(): Promise<void> {
    const before = this.connections.length
    this.engine.socket.terminate()
    await this.clock.advance(2000)
    assert.equal(this.connections.length, before + 1)
    await this.greet()
  }
}

/** The code that a promise fails with. */
export async function codeOf(promise: PromiseLike<unknown>): Promise<string> {
  try {
    await promise
  } catch (error) {
    return (error as { code: string }).code
  }
  throw new assert.AssertionError({ message: 'it did not fail' })
}
