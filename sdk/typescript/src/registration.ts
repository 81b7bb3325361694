/** Registrations: usable at once, and awaitable until the engine has them. */

import type { Clock, Timer } from './clock.ts'
import { RegistrationError } from './errors.ts'
import { utf8Length } from './json.ts'
import type { LogSink } from './logger.ts'

/**
 * A handle that can be used at once. Awaited, it is the same handle once the engine has
 * acknowledged the registration, or a `RegistrationError`.
 *
 * @example
 * ```ts
 * import { registerWorker } from 'iii-kit'
 * const iii = registerWorker('ws://localhost:49134')
 * const later = iii.registerFunction('a::b', async () => 1) // goes on at once
 * const ref = await iii.registerFunction('a::c', async () => 2) // in the catalog
 * ref.unregister()
 * await later
 * ```
 */
export type Registration<T> = T & Pick<Promise<T>, 'then' | 'catch' | 'finally'>

/** Waits for an acknowledgement, on live connections no longer than is reasonable. */
export class Acknowledgement {
  readonly ready: Promise<void>
  readonly #id: string
  readonly #clock: Clock
  readonly #timeoutMs: number
  readonly #log: LogSink
  #settle: { resolve(): void; reject(error: unknown): void } | undefined
  #timer: Timer | undefined
  #awaited = false

  constructor(id: string, clock: Clock, timeoutMs: number, log: LogSink) {
    this.#id = id
    this.#clock = clock
    this.#timeoutMs = timeoutMs
    this.#log = log
    this.ready = new Promise<void>((resolve, reject) => {
      this.#settle = { resolve, reject }
    })
    // Nobody has to await a registration; those refused are logged then.
    this.ready.catch(() => undefined)
  }

  /** Whether the engine has not said anything yet. */
  get waits(): boolean {
    return this.#settle !== undefined
  }

  /** The registration went out on a live connection. */
  announced(late: () => void): void {
    if (this.#settle === undefined) return
    this.#timer?.cancel()
    this.#timer = this.#clock.after(this.#timeoutMs, () => {
      if (this.waits) late()
    })
    this.#timer.keepAlive(true)
  }

  /** The connection broke; the next one brings the answer. */
  lost(): void {
    this.#timer?.cancel()
  }

  confirm(): void {
    this.#timer?.cancel()
    this.#settle?.resolve()
    this.#settle = undefined
  }

  refuse(error: Error): void {
    this.#timer?.cancel()
    const settle = this.#settle
    this.#settle = undefined
    settle?.reject(error)
    if (settle !== undefined && !this.#awaited) {
      this.#log({ level: 'error', message: error.message })
    }
  }

  /** The engine did not answer in time. */
  late(): void {
    const message = `the engine did not acknowledge it within ${this.#timeoutMs} ms`
    this.refuse(new RegistrationError(this.#id, 'TIMEOUT', message))
  }

  /** Makes a handle awaitable. */
  awaitable<T extends object>(handle: T): Registration<T> {
    const ready = (): Promise<T> => {
      this.#awaited = true
      return this.ready.then(() => handle)
    }
    return {
      ...handle,
      // biome-ignore lint/suspicious/noThenProperty: awaiting a registration is the point
      then: (resolve, reject) => ready().then(resolve, reject),
      catch: (reject) => ready().catch(reject),
      finally: (after) => ready().finally(after),
    } as Registration<T>
  }
}

/** What the protocol allows; the engine does not answer to more. */
const ID_BYTES_MAX = 1024
const DESCRIPTION_BYTES_MAX = 65_536

/** Refuses an id that cannot be one, and a description that is too long, before anybody waits. */
export function checkId(id: string, description = ''): void {
  if (typeof id !== 'string' || id.trim() === '') {
    throw unusable(String(id), 'an id is a text that is not empty')
  }
  // A long id is not repeated in full.
  const shown = id.slice(0, 64)
  const bytes = utf8Length(id)
  if (bytes > ID_BYTES_MAX) {
    throw unusable(shown, `the id has ${bytes} bytes, the limit is ${ID_BYTES_MAX}`)
  }
  if (/\p{Surrogate}/u.test(id)) throw unusable(shown, 'the id has half a character')
  if (description.length * 3 > DESCRIPTION_BYTES_MAX) {
    const length = utf8Length(description)
    if (length <= DESCRIPTION_BYTES_MAX) return
    const message = `the description has ${length} bytes, the limit is ${DESCRIPTION_BYTES_MAX}`
    throw unusable(shown, message)
  }
}

function unusable(id: string, message: string): RegistrationError {
  return new RegistrationError(id, 'INVALID_ARGUMENTS', message)
}
