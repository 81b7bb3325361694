/** Whoever wants to know of something. */

export class Listeners<T> {
  readonly #listeners = new Set<(value: T) => void>()

  /** Adds a listener; returns how to remove it. */
  add(listener: (value: T) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  tell(value: T): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(value)
      } catch (error) {
        // A listener's fault is its program's, and no reason to stop here.
        queueMicrotask(() => {
          throw error
        })
      }
    }
  }
}
