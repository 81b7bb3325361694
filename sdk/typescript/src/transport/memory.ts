/** A transport without a network: two sockets joined in memory, for tests. */

import type { Closed, Dial, Socket, SocketEvents, Target } from './transport.ts'

type Event = { data: string | Uint8Array } | { alive: true } | { closed: Closed }

/** One of two joined sockets. What one sends the other is told, in a later microtask. */
export class MemorySocket implements Socket {
  peer: MemorySocket | undefined
  /** Tests make a socket look congested by this. */
  queuedBytes = 0
  keptAlive = true
  pings = 0
  /** Whether pings are answered, as a live peer would. */
  answersPings = true
  #events: SocketEvents | undefined
  #waiting: Event[] = []
  #paused = false
  #delivering = false
  #over = false

  start(events: SocketEvents): void {
    this.#events = events
    this.#deliver()
  }

  send(data: string | Uint8Array): void {
    if (!this.#over) this.peer?.accept({ data })
  }

  ping(): boolean {
    this.pings += 1
    if (this.peer?.answersPings) this.accept({ alive: true })
    return true
  }

  pause(): boolean {
    this.#paused = true
    return true
  }

  resume(): void {
    this.#paused = false
    this.#deliver()
  }

  close(code: number, reason: string): void {
    if (this.#over) return
    this.peer?.accept({ closed: { clean: true, code, reason } })
    this.accept({ closed: { clean: true, code, reason } })
    this.#over = true
  }

  terminate(): void {
    if (this.#over) return
    const closed = { clean: false, code: undefined, reason: 'terminated' }
    this.peer?.accept({ closed })
    this.accept({ closed })
    this.#over = true
  }

  keepAlive(keep: boolean): void {
    this.keptAlive = keep
  }

  /** What was queued has left. */
  drain(): void {
    this.queuedBytes = 0
    this.#events?.drained()
  }

  accept(event: Event): void {
    if (this.#over) return
    this.#waiting.push(event)
    this.#deliver()
  }

  #deliver(): void {
    if (this.#delivering || this.#events === undefined) return
    this.#delivering = true
    queueMicrotask(() => {
      this.#delivering = false
      while (!this.#paused) {
        const event = this.#waiting.shift()
        if (event === undefined) return
        if ('data' in event) this.#events?.message(event.data)
        else if ('alive' in event) this.#events?.alive()
        else {
          this.#over = true
          this.#events?.closed(event.closed)
          this.#waiting.length = 0
        }
      }
    })
  }
}

/** A pair of joined sockets. */
export function memoryPair(): [MemorySocket, MemorySocket] {
  const [one, other] = [new MemorySocket(), new MemorySocket()]
  one.peer = other
  other.peer = one
  return [one, other]
}

/** Dials whatever `accept` makes of a target; it may throw a `DialError`. */
export function memoryDial(accept: (target: Target, engineSide: MemorySocket) => void): Dial {
  return {
    address: 'memory:',
    dial: async (target) => {
      const [ours, theirs] = memoryPair()
      accept(target, theirs)
      return ours
    },
  }
}
