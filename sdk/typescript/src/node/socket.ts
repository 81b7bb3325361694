/** The WebSocket of Node, made for many small messages: those of one turn leave in one write. */

import type { Socket as TcpSocket } from 'node:net'
import {
  type Closed,
  type Dial,
  parseAddress,
  type Socket,
  type SocketEvents,
  type Target,
  targetUrl,
} from '../transport/transport.ts'
import { FrameError, FrameReader, FrameWriter, OPCODE } from './frames.ts'
import { type Upgraded, upgrade } from './handshake.ts'

/** How long the peer may take to answer a farewell. */
const FAREWELL_MS = 1000

/** How to dial. */
export interface DialOptions {
  readonly token?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Further certificates to trust, in PEM. */
  readonly ca?: string | Buffer
  readonly inboundBytesMax: number
}

/** Dials over TCP and TLS. */
export function nodeDial(address: string, options: DialOptions): Dial {
  const engine = parseAddress(address)
  return {
    address: `${engine.protocol}//${engine.host}${engine.pathname}`,
    async dial(target: Target, signal: AbortSignal) {
      const headers = { ...options.headers }
      const named = Object.keys(headers).some((name) => name.toLowerCase() === 'authorization')
      if (options.token !== undefined && !named) headers.Authorization = `Bearer ${options.token}`
      const url = targetUrl(engine, target)
      const upgraded = await upgrade(url, headers, options.ca, signal)
      return new NodeSocket(upgraded, options.inboundBytesMax)
    },
  }
}

/** One WebSocket connection. */
export class NodeSocket implements Socket {
  readonly #tcp: TcpSocket
  readonly #writer = new FrameWriter()
  readonly #reader: FrameReader
  #head: Buffer | undefined
  #events: SocketEvents | undefined
  #ended: Closed | undefined
  /** Why it will have ended, once the connection is gone. */
  #farewell: Closed | undefined
  #closing = false
  #flushing = false
  /** Writes that have not left yet. */
  #writing = 0
  #keepAlive = true

  constructor(upgraded: Upgraded, inboundBytesMax: number) {
    this.#tcp = upgraded.socket
    this.#head = upgraded.head
    this.#reader = new FrameReader(
      {
        text: (data) => this.#events?.message(data),
        binary: (data) => this.#events?.message(data),
        ping: (data) => {
          this.#writer.control(OPCODE.pong, data)
          this.#schedule()
        },
        pong: () => this.#events?.alive(),
        close: (code, reason) => this.#peerCloses(code, reason),
      },
      inboundBytesMax,
    )
    // Whatever happens before `start` is told then.
    this.#tcp.on('error', () => this.#tcp.destroy())
  }

  start(events: SocketEvents): void {
    this.#events = events
    const tcp = this.#tcp
    tcp.on('close', () => this.#end())
    tcp.on('end', () => tcp.destroy())
    tcp.on('drain', () => this.#events?.drained())
    if (tcp.destroyed) {
      process.nextTick(() => this.#end())
      return
    }
    // Events begin after this call, as those of any other transport.
    process.nextTick(() => {
      const head = this.#head
      this.#head = undefined
      if (head !== undefined && head.length > 0) this.#receive(head)
      tcp.on('data', (chunk: Buffer) => this.#receive(chunk))
      tcp.resume()
    })
  }

  send(data: string | Uint8Array): void {
    if (this.#closing || this.#ended !== undefined) return
    if (typeof data === 'string') this.#writer.text(data)
    else this.#writer.binary(data)
    this.#schedule()
  }

  get queuedBytes(): number {
    return this.#tcp.writableLength + this.#writer.bytes
  }

  ping(): boolean {
    this.#writer.control(OPCODE.ping, new Uint8Array(0))
    this.#schedule()
    return true
  }

  pause(): boolean {
    this.#tcp.pause()
    return true
  }

  resume(): void {
    this.#tcp.resume()
  }

  close(code: number, reason: string): void {
    if (this.#closing) return
    this.#closing = true
    this.#farewell = { clean: true, code, reason }
    this.#writer.close(code, reason)
    this.#flush()
    this.#hangUpLater()
  }

  terminate(): void {
    this.#closing = true
    this.#tcp.destroy()
  }

  keepAlive(keep: boolean): void {
    if (keep === this.#keepAlive) return
    this.#keepAlive = keep
    if (keep) this.#tcp.ref()
    else this.#tcp.unref()
  }

  #receive(chunk: Buffer): void {
    try {
      this.#reader.push(chunk)
    } catch (error) {
      if (!(error instanceof FrameError)) throw error
      this.#farewell = { clean: false, code: undefined, reason: error.message }
      this.#closing = true
      this.#writer.close(error.code, error.message)
      this.#flush()
      this.#tcp.destroySoon()
    }
  }

  #peerCloses(code: number | undefined, reason: string): void {
    this.#farewell ??= { clean: true, code, reason }
    if (!this.#closing) {
      this.#closing = true
      this.#writer.close(code ?? 1000, '')
    }
    this.#flush()
    // The side that listens hangs up first, so that its port is free again at once.
    this.#tcp.end()
    this.#hangUpLater()
  }

  #hangUpLater(): void {
    const timer = setTimeout(() => this.#tcp.destroy(), FAREWELL_MS)
    timer.unref()
    this.#tcp.once('close', () => clearTimeout(timer))
  }

  /** Messages of one turn leave together, after everything that the turn set off has run. */
  #schedule(): void {
    if (this.#flushing) return
    this.#flushing = true
    queueMicrotask(this.#later)
  }

  readonly #later = (): void => process.nextTick(this.#flushNow)

  readonly #flushNow = (): void => this.#flush()

  #flush(): void {
    this.#flushing = false
    const pieces = this.#writer.take()
    if (pieces.length === 0 || this.#tcp.destroyed) return
    this.#writing += 1
    const last = pieces.pop() as Buffer
    if (pieces.length > 0) this.#tcp.cork()
    for (const piece of pieces) this.#tcp.write(piece)
    this.#tcp.write(last, this.#written)
    if (pieces.length > 0) this.#tcp.uncork()
  }

  readonly #written = (): void => {
    this.#writing -= 1
    if (this.#writing === 0) this.#writer.reuse()
  }

  #end(): void {
    if (this.#ended !== undefined) return
    this.#ended = this.#farewell ?? { clean: false, code: undefined, reason: 'connection lost' }
    this.#events?.closed(this.#ended)
  }
}
