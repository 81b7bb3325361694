/** A clock that tests move. */

import type { Clock } from '../src/clock.ts'

interface Waiting {
  readonly at: number
  readonly work: () => void
}

export class FakeClock implements Clock {
  #now = 1000
  #waiting: Waiting[] = []

  now(): number {
    return this.#now
  }

  wall(): number {
    return 1_700_000_000_000 + this.#now
  }

  after(ms: number, work: () => void) {
    const waiting = { at: this.#now + ms, work }
    this.#waiting.push(waiting)
    return {
      keepAlive: () => undefined,
      cancel: () => {
        this.#waiting = this.#waiting.filter((other) => other !== waiting)
      },
    }
  }

  /** Moves on, and lets everything run that is due on the way. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms
    for (;;) {
      await settled()
      const due = this.#waiting
        .filter(({ at }) => at <= end)
        .sort((one, other) => one.at - other.at)[0]
      if (due === undefined) break
      this.#waiting = this.#waiting.filter((waiting) => waiting !== due)
      this.#now = Math.max(this.#now, due.at)
      due.work()
    }
    this.#now = end
    await settled()
  }
}

/** Lets everything run that does not wait for time. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 4; turn++) await new Promise((resolve) => setImmediate(resolve))
}
