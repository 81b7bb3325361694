/** What can go wrong. Every error carries a code of the catalogue, or the function's own. */

import { ERRORS, type ErrorCode } from './errors_gen.ts'
import { isObject } from './json.ts'

/** How an error looks on the wire. */
export interface ErrorBody {
  code: string
  message: string
  stacktrace?: string
  /** Whoever delivers again waits this long before. */
  retry_after_ms?: number
  /** Whether another attempt may succeed. */
  retryable?: boolean
  /** The message is given back and the attempt not counted. */
  released?: boolean
}

/** What an {@link InvocationError} is made of. */
export interface InvocationErrorInit {
  code: string
  message: string
  function_id?: string
  stacktrace?: string
  /** Asks whoever delivers again to wait this long before. */
  retryAfterMs?: number
  /** `false`: running it again is of no use, so a queue does not deliver it again. */
  retryable?: boolean
  /** Gives the message back: a queue delivers it again and does not count this attempt. */
  released?: boolean
  /** Further members of the error body. */
  details?: Readonly<Record<string, unknown>>
}

/**
 * Why a call did not give a result. `trigger` rejects with nothing else.
 *
 * @example
 * ```ts
 * import { InvocationError } from 'iii-kit'
 * const error = new InvocationError({ code: 'out_of_stock', message: 'no bolts left' })
 * console.log(error.code, error.retryable) // out_of_stock false
 * ```
 */
export class InvocationError extends Error {
  /** A code of the catalogue, or the function's own. */
  readonly code: string
  /** The function that was called. */
  readonly function_id?: string
  /** Where it happened, in the language of the function; only from workers in development. */
  readonly stacktrace?: string
  /** The message without the code in front. */
  declare readonly detail: string
  /** What else the error says: its members beside code, message and stack. */
  declare readonly details: Readonly<Record<string, unknown>>

  constructor(init: InvocationErrorInit) {
    super(`${init.code}: ${init.message}`)
    this.name = 'InvocationError'
    this.code = init.code
    this.function_id = init.function_id
    this.stacktrace = init.stacktrace
    Object.defineProperty(this, 'detail', { value: init.message, enumerable: false })
    Object.defineProperty(this, 'details', { value: detailsOf(init), enumerable: false })
  }

  /** Whether the same call may succeed later. That running twice is safe is yours to know. */
  get retryable(): boolean {
    const told = this.details.retryable
    return typeof told === 'boolean' ? told : isRetryable(this.code)
  }

  /** How long to wait before another attempt, if the function says so. */
  get retryAfterMs(): number | undefined {
    const told = this.details.retry_after_ms
    return typeof told === 'number' && told >= 0 ? Math.floor(told) : undefined
  }

  /** Whether the message is given back and the attempt not counted. */
  get released(): boolean {
    return this.details.released === true
  }
}

/**
 * The engine refused this worker for good: trying again unchanged is pointless.
 *
 * @example
 * ```ts
 * import { RegistrationRejectedError, registerWorker } from 'iii-kit'
 * const iii = registerWorker('ws://localhost:49134', { workerName: 'orders' })
 * const fatal = iii.getFatalError()
 * if (fatal instanceof RegistrationRejectedError) console.error(fatal.message)
 * ```
 */
export class RegistrationRejectedError extends Error {
  readonly code: string
  readonly namespace: string
  readonly worker_name?: string
  readonly function_id?: string
  readonly owner_worker_id: string

  constructor(init: {
    code: string
    message: string
    namespace?: string
    worker_name?: string
    function_id?: string
    owner_worker_id?: string
  }) {
    super(`the engine refused the worker: ${init.code}: ${init.message}`)
    this.name = 'RegistrationRejectedError'
    this.code = init.code
    this.namespace = init.namespace ?? ''
    this.worker_name = init.worker_name
    this.function_id = init.function_id
    this.owner_worker_id = init.owner_worker_id ?? ''
  }
}

/**
 * Why a function, trigger or trigger type is not registered.
 *
 * @example
 * ```ts
 * import { RegistrationError, registerWorker } from 'iii-kit'
 * const iii = registerWorker('ws://localhost:49134')
 * try {
 *   await iii.registerFunction('orders::validate', async () => true)
 * } catch (error) {
 *   if (error instanceof RegistrationError) console.error(error.id, error.code)
 * }
 * ```
 */
export class RegistrationError extends Error {
  readonly code: string
  /** The function or the trigger type. */
  readonly id: string

  constructor(id: string, code: string, message: string) {
    super(`\`${id}\` is not registered: ${code}: ${message}`)
    this.name = 'RegistrationError'
    this.code = code
    this.id = id
  }
}

/**
 * Why a channel cannot be read or written: `channel_not_found`, `channel_aborted`,
 * `connection_lost`, `payload_too_large` or `overloaded`.
 *
 * @example
 * ```ts
 * import { ChannelError, type ChannelReader } from 'iii-kit'
 * async function load(reader: ChannelReader) {
 *   try {
 *     return await reader.readAll()
 *   } catch (error) {
 *     // What was read before an abort is not everything.
 *     if (error instanceof ChannelError && error.code === 'channel_aborted') return undefined
 *     throw error
 *   }
 * }
 * ```
 */
export class ChannelError extends Error {
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.name = 'ChannelError'
    this.code = code
  }
}

export function isRetryable(code: string): boolean {
  return Object.hasOwn(ERRORS, code) && ERRORS[code as ErrorCode].retryable
}

/** What to do about a code, for people. */
export function hintOf(code: string): string {
  const known = Object.hasOwn(ERRORS, code) ? ERRORS[code as ErrorCode] : undefined
  return known?.hint ?? 'ask whoever runs the engine'
}

/**
 * Whether a value has the shape of an error on the wire.
 *
 * @example
 * ```ts
 * import { isErrorBody } from 'iii-kit/errors'
 * isErrorBody({ code: 'NOT_FOUND', message: 'no such order' }) // true
 * ```
 */
export function isErrorBody(value: unknown): value is ErrorBody {
  return isObject(value) && typeof value.code === 'string' && typeof value.message === 'string'
}

/** Reads an error of the wire; a body of another shape becomes the message. */
export function readErrorBody(value: unknown): InvocationErrorInit {
  if (!isErrorBody(value)) {
    return { code: 'UNKNOWN', message: typeof value === 'string' ? value : JSON.stringify(value) }
  }
  const { code, message, stacktrace, ...details } = value
  const read = { code, message, details }
  return typeof stacktrace === 'string' ? { ...read, stacktrace } : read
}

/**
 * What a handler threw, for the wire: the code of the error if it has one. The stack leaves this
 * process only in development.
 */
export function thrownBody(thrown: unknown, development: boolean): ErrorBody {
  const body: ErrorBody = { code: 'invocation_failed', message: messageOf(thrown) }
  if (typeof thrown === 'object' && thrown !== null) {
    const code = (thrown as { code?: unknown }).code
    if (typeof code === 'string' && code !== '') body.code = code
  }
  const stack = thrown instanceof InvocationError ? thrown.stacktrace : undefined
  if (stack !== undefined) body.stacktrace = stack
  else if (development && thrown instanceof Error && thrown.stack) body.stacktrace = thrown.stack
  return thrown instanceof InvocationError ? { ...body, ...writable(thrown.details) } : body
}

/** The further members of the body that an error stands for. */
function detailsOf(init: InvocationErrorInit): Readonly<Record<string, unknown>> {
  const given: Record<string, unknown> = { ...init.details }
  const { code: _code, message: _message, stacktrace: _stacktrace, ...details } = given
  if (init.retryAfterMs !== undefined) details.retry_after_ms = init.retryAfterMs
  if (init.retryable !== undefined) details.retryable = init.retryable
  if (init.released !== undefined) details.released = init.released
  return details
}

/** Nothing, rather than no error at all, where details have no JSON form. */
function writable(details: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  try {
    JSON.stringify(details)
    return details
  } catch {
    return {}
  }
}

function messageOf(thrown: unknown): string {
  if (thrown instanceof InvocationError) return thrown.detail
  if (thrown instanceof Error) return thrown.message
  if (isErrorBody(thrown)) return thrown.message
  if (typeof thrown === 'string') return thrown
  try {
    return JSON.stringify(thrown) ?? String(thrown)
  } catch {
    return 'the handler threw a value that has no JSON form'
  }
}
