/** How long to wait before the next attempt to connect. */

/** Doubling stops mattering long before this. */
const DOUBLINGS_MAX = 16

/** Doubling pauses with jitter, so that a thousand workers do not come back at once. */
export class Backoff {
  #attempts = 0
  readonly #firstMs: number
  readonly #maxMs: number
  readonly #random: () => number

  constructor(firstMs: number, maxMs: number, random: () => number = Math.random) {
    this.#firstMs = firstMs
    this.#maxMs = maxMs
    this.#random = random
  }

  next(): number {
    const pause = this.#firstMs * 2 ** Math.min(this.#attempts, DOUBLINGS_MAX)
    this.#attempts += 1
    const jittered = Math.min(pause, this.#maxMs) * (0.5 + this.#random())
    return Math.min(jittered, this.#maxMs)
  }

  reset(): void {
    this.#attempts = 0
  }
}
