/** Time, as the only thing that may ask for it. */

/** A pending timer. */
export interface Timer {
  /** Whether the process stays alive for it. */
  keepAlive(keep: boolean): void
  cancel(): void
}

/** Time and timers; tests have a clock of their own. */
export interface Clock {
  /** Milliseconds that only grow. */
  now(): number
  /** Milliseconds since 1970. */
  wall(): number
  /** Runs `work` later. Nothing stays alive for a timer that is not told to. */
  after(ms: number, work: () => void): Timer
}

/** Longer timers fire at once in JavaScript. */
const TIMER_MAX_MS = 2 ** 31 - 1

export const systemClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  after(ms, work) {
    const handle: unknown = setTimeout(work, Math.min(Math.max(ms, 0), TIMER_MAX_MS))
    const timer: Timer = {
      keepAlive(keep) {
        // Browsers have numbers instead, and pages do not end by themselves.
        const node = handle as { ref?: () => void; unref?: () => void }
        if (keep) node.ref?.()
        else node.unref?.()
      },
      cancel: () => clearTimeout(handle as number),
    }
    timer.keepAlive(false)
    return timer
  },
}
