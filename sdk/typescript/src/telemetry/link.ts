/** The engine's `/otel`: a connection for telemetry alone, for programs that are no worker. */

import type { Clock, Timer } from '../clock.ts'
import { Backoff } from '../connection/backoff.ts'
import type { Limits } from '../limits.ts'
import { type Dial, DialError, type Socket } from '../transport/transport.ts'

/** What a link is made of. */
export interface LinkParts {
  readonly dial: Dial
  readonly limits: Limits
  readonly clock: Clock
  /** Frames can go now. */
  readonly opened: () => void
  /** The engine refuses for good. */
  readonly refused: (reason: string) => void
}

/** Connects in the background, and again. The process does not stay alive for it. */
export class TelemetryLink {
  readonly #parts: LinkParts
  readonly #backoff: Backoff
  #socket: Socket | undefined
  #dialling: AbortController | undefined
  #timer: Timer | undefined
  #over = false
  #held = false
  /** Told when it opens, when the peer shows a sign of life, and when it is over. */
  #waiting = new Set<() => void>()

  constructor(parts: LinkParts) {
    this.#parts = parts
    this.#backoff = new Backoff(parts.limits.reconnectFirstMs, parts.limits.reconnectMaxMs)
    this.#dial()
  }

  /** Sends a frame; `false` when it cannot go now. */
  send(frame: Uint8Array): boolean {
    const socket = this.#socket
    if (socket === undefined || socket.queuedBytes > this.#parts.limits.outboxHighBytes)
      return false
    socket.send(frame)
    return true
  }

  /** Resolves when `flush` has sent everything and the engine has it, or when time is up. */
  async flushed(flush: () => boolean, ms: number): Promise<void> {
    let late = false
    const timer = this.#parts.clock.after(ms, () => {
      late = true
      this.#tell()
    })
    timer.keepAlive(true)
    this.#hold(true)
    try {
      while (!late && !this.#over && !flush()) await this.#news()
      // The answer to a ping comes after everything before it was read.
      if (!late && this.#socket?.ping()) await this.#news()
    } finally {
      this.#hold(false)
      timer.cancel()
    }
  }

  /** Ends it; what was sent leaves. */
  close(): void {
    this.#over = true
    this.#timer?.cancel()
    this.#dialling?.abort()
    this.#socket?.close(1000, '')
    this.#tell()
  }

  #news(): Promise<void> {
    return new Promise((resolve) => this.#waiting.add(resolve))
  }

  #tell(): void {
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const resolve of waiting) resolve()
  }

  #hold(held: boolean): void {
    this.#held = held
    this.#socket?.keepAlive(held)
    this.#timer?.keepAlive(held)
  }

  #later(ms: number, work: () => void): void {
    this.#timer?.cancel()
    this.#timer = this.#parts.clock.after(ms, work)
    this.#timer.keepAlive(this.#held)
  }

  #dial(): void {
    const dialling = new AbortController()
    this.#dialling = dialling
    this.#later(this.#parts.limits.greetingTimeoutMs, () => dialling.abort())
    this.#parts.dial.dial({ kind: 'telemetry' }, dialling.signal).then(
      (socket) => {
        this.#timer?.cancel()
        if (this.#over) socket.terminate()
        else this.#up(socket)
      },
      (error: unknown) => {
        this.#timer?.cancel()
        if (this.#over) return
        if (error instanceof DialError && error.fatal) {
          this.#over = true
          this.#parts.refused(error.message)
          this.#tell()
        } else this.#later(this.#backoff.next(), () => this.#dial())
      },
    )
  }

  #up(socket: Socket): void {
    this.#socket = socket
    this.#backoff.reset()
    socket.keepAlive(this.#held)
    const opened = () => {
      this.#parts.opened()
      this.#tell()
    }
    socket.start({
      message: () => undefined,
      alive: () => this.#tell(),
      drained: opened,
      closed: () => {
        this.#socket = undefined
        if (!this.#over) this.#later(this.#backoff.next(), () => this.#dial())
        this.#tell()
      },
    })
    opened()
  }
}
