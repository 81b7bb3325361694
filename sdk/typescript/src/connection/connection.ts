/** The connection to the engine: dialled, greeted, kept alive, and dialled anew when it breaks. */

import type { Clock, Timer } from '../clock.ts'
import { DecodeError, decode } from '../codec.ts'
import { RegistrationRejectedError } from '../errors.ts'
import type { Outgoing } from '../inflight.ts'
import type { Limits } from '../limits.ts'
import type { LogSink } from '../logger.ts'
import type { Message, WorkerRegistered } from '../message.ts'
import { type Closed, type Dial, DialError, type Socket } from '../transport/transport.ts'
import { Backoff } from './backoff.ts'

/** Where a client stands with its engine. `disconnected`: it was shut down. */
export type IIIConnectionState =
  | 'disconnected'
  | 'connecting'
  | 'connected'
  | 'reconnecting'
  | 'failed'

/** A silent peer is dead when this many checks in a row found nothing. */
const SILENT_CHECKS_MAX = 3
/** A connection that lived this long was a good one: the next pause is short again. */
const GOOD_AFTER_MS = 1000

/** What happens on a connection. */
export interface ConnectionEvents {
  /** The engine's first word: announce everything. */
  greeted(greeting: WorkerRegistered): void
  /** Whether the message is the result of a call, and was taken as such. */
  answeredBy(text: string): boolean
  /** `text` is what the message came in. */
  received(message: Message, text: string): void
  malformed(error: DecodeError): void
  /** The connection broke; there will be another. */
  lost(): void
  /** Messages can be sent again after a jam. */
  opened(): void
  /** The engine refused this worker for good. */
  failed(error: RegistrationRejectedError): void
  stateChanged(state: IIIConnectionState): void
}

/** What a connection is made of. */
export interface ConnectionParts {
  readonly dial: Dial
  readonly limits: Limits
  readonly clock: Clock
  readonly log: LogSink
  readonly events: ConnectionEvents
  /** Attempts in a row that may fail; -1 is no limit. */
  readonly retriesMax: number
}

export class Connection implements Outgoing {
  state: IIIConnectionState = 'connecting'
  epoch = 0
  /** Whether the engine acknowledges registrations. */
  acknowledges = false
  readonly #parts: ConnectionParts
  readonly #backoff: Backoff
  readonly #utf8 = new TextDecoder()
  #socket: Socket | undefined
  #greeted = false
  #jammed = false
  #since = 0
  #heard = false
  #silentChecks = 0
  #timer: Timer | undefined
  #dialling: AbortController | undefined
  #holds = 0
  #failures = 0
  #closed: (() => void) | undefined

  constructor(parts: ConnectionParts) {
    this.#parts = parts
    this.#backoff = new Backoff(parts.limits.reconnectFirstMs, parts.limits.reconnectMaxMs)
  }

  /** Begins to connect. */
  start(): void {
    const { dial, clock, limits } = this.#parts
    const dialling = new AbortController()
    this.#dialling = dialling
    this.#later(limits.greetingTimeoutMs, () => dialling.abort(), true)
    dial.dial({ kind: 'worker' }, dialling.signal).then(
      (socket) => {
        this.#timer?.cancel()
        if (this.#dialling !== dialling) return socket.terminate()
        this.#dialling = undefined
        this.#up(socket, clock.now())
      },
      (error: unknown) => {
        this.#timer?.cancel()
        if (this.#dialling !== dialling) return
        this.#dialling = undefined
        this.#dialFailed(error)
      },
    )
  }

  /** Whether messages can be sent now. */
  get open(): boolean {
    return this.#greeted && !this.#jammed
  }

  /** Whether the engine has greeted this worker. */
  get live(): boolean {
    return this.#greeted
  }

  /** Sends a message. Without a live connection it goes nowhere; whoever cares asks before. */
  send(text: string): void {
    const socket = this.#socket
    if (socket === undefined || !this.#greeted) return
    socket.send(text)
    if (!this.#jammed && socket.queuedBytes > this.#parts.limits.outboxHighBytes) {
      // Nothing more is taken on, from neither side, until this has left.
      this.#jammed = true
      socket.pause()
    }
  }

  /** Sends a frame of telemetry; `false` when it cannot go now. */
  sendFrame(frame: Uint8Array): boolean {
    if (!this.open) return false
    this.#socket?.send(frame)
    return true
  }

  hold(): void {
    this.#holds += 1
    if (this.#holds === 1) this.#keepAlive(true)
  }

  release(): void {
    this.#holds -= 1
    if (this.#holds === 0) this.#keepAlive(false)
  }

  /** Ends the connection for good; resolves when the peer has heard it, or does not answer. */
  close(state: 'disconnected' | 'failed'): Promise<void> {
    this.#setState(state)
    this.#greeted = false
    this.#timer?.cancel()
    this.#dialling?.abort()
    this.#dialling = undefined
    const socket = this.#socket
    if (socket === undefined) return Promise.resolve()
    socket.keepAlive(true)
    return new Promise((resolve) => {
      this.#closed = resolve
      socket.close(1000, '')
    })
  }

  /** Gives the connection up for good. */
  fail(error: RegistrationRejectedError): void {
    if (this.#over) return
    void this.close('failed')
    this.#parts.events.failed(error)
  }

  /** Gives this connection up; there will be another. */
  giveUp(reason: string): void {
    this.#socket?.terminate()
    this.#lost(reason)
  }

  get #over(): boolean {
    return this.state === 'disconnected' || this.state === 'failed'
  }

  #keepAlive(keep: boolean): void {
    // The farewell is waited for.
    if (this.#over) return
    this.#socket?.keepAlive(keep)
    if (this.#socket === undefined) this.#timer?.keepAlive(keep)
  }

  #later(ms: number, work: () => void, keep: boolean): void {
    this.#timer?.cancel()
    this.#timer = this.#parts.clock.after(ms, work)
    this.#timer.keepAlive(keep && this.#holds > 0)
  }

  #up(socket: Socket, now: number): void {
    this.#socket = socket
    this.#since = now
    this.#heard = false
    this.#silentChecks = 0
    this.epoch += 1
    const mine = () => this.#socket === socket
    const wait = this.#parts.limits.greetingTimeoutMs
    this.#later(wait, () => this.giveUp('the engine did not greet'), false)
    socket.keepAlive(this.#holds > 0)
    socket.start({
      message: (data) => {
        if (mine()) this.#message(data)
      },
      alive: () => {
        this.#heard = true
      },
      drained: () => {
        if (mine()) this.#drained(socket)
      },
      closed: (end) => this.#socketClosed(socket, end),
    })
  }

  #message(data: string | Uint8Array): void {
    this.#heard = true
    // A message may come in a binary frame as well.
    const text = typeof data === 'string' ? data : this.#utf8.decode(data)
    if (this.#parts.events.answeredBy(text)) return
    let message: Message
    try {
      message = decode(text)
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
      this.#parts.events.malformed(error)
      return
    }
    if (message.type !== 'workerregistered') this.#parts.events.received(message, text)
    else if (!this.#greeted) this.#greet(message)
  }

  #greet(greeting: WorkerRegistered): void {
    this.#greeted = true
    this.#jammed = false
    this.#failures = 0
    this.acknowledges = greeting.features?.includes('iii-kit.v1') ?? false
    this.#check()
    this.#parts.events.greeted(greeting)
    this.#setState('connected')
  }

  #check(): void {
    this.#later(this.#parts.limits.heartbeatMs, () => this.#heartbeat(), false)
  }

  #heartbeat(): void {
    if (this.#heard) {
      this.#heard = false
      this.#silentChecks = 0
    } else {
      this.#silentChecks += 1
      if (this.#silentChecks >= SILENT_CHECKS_MAX) return this.giveUp('the engine is silent')
      if (this.#socket?.ping() === false) this.#socket.send('{"type":"ping"}')
    }
    this.#check()
  }

  #drained(socket: Socket): void {
    if (!this.#jammed) return
    this.#jammed = false
    socket.resume()
    this.#parts.events.opened()
  }

  #socketClosed(socket: Socket, end: Closed): void {
    this.#closed?.()
    if (this.#socket === socket && !this.#over) this.#lost(end.reason || 'the engine hung up')
  }

  #lost(reason: string): void {
    const { clock, events, log, dial } = this.#parts
    const wasLive = this.#greeted
    if (wasLive && clock.now() >= this.#since + GOOD_AFTER_MS) this.#backoff.reset()
    this.#socket = undefined
    this.#greeted = false
    this.#jammed = false
    if (this.#over) return
    if (wasLive) {
      const data = { address: dial.address, reason }
      log({ level: 'warn', message: 'connection to the engine lost', data })
    }
    events.lost()
    if (this.state === 'connected') this.#setState('reconnecting')
    this.#failures += 1
    const { retriesMax } = this.#parts
    if (retriesMax >= 0 && this.#failures > retriesMax) {
      const message = `gave up after ${retriesMax} retries: ${reason}`
      return this.fail(new RegistrationRejectedError({ code: 'connection_lost', message }))
    }
    this.#later(this.#backoff.next(), () => this.start(), true)
  }

  #dialFailed(error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error)
    if (!(error instanceof DialError) || !error.fatal) return this.#lost(reason)
    const refused = error.status === 401 || error.status === 403
    const code = refused ? 'AUTH_ERROR' : 'INVALID_ARGUMENTS'
    this.fail(new RegistrationRejectedError({ code, message: reason }))
  }

  #setState(state: IIIConnectionState): void {
    if (this.state === state) return
    this.state = state
    this.#parts.events.stateChanged(state)
  }
}
