/**
 * Every bound of a client. Those that end in `Ms` are milliseconds.
 *
 * @example
 * ```ts
 * import { registerWorker } from 'iii-kit'
 * registerWorker('ws://localhost:49134', { limits: { invocationsMax: 16 } })
 * ```
 */
export interface Limits {
  /** Invocations handled at the same time; one more is answered `overloaded`. */
  invocationsMax: number
  /** Calls waiting for an answer; one more fails with `overloaded`. */
  callsMax: number
  /** Calls kept while the engine is away or slow; one more fails with `overloaded`. */
  offlineCallsMax: number
  /** Functions, triggers and trigger types this client may register, each. */
  registrationsMax: number
  /** Trigger registrations a provider has not got round to yet, per trigger type. */
  triggerOperationsMax: number
  /** Largest payload sent, in bytes. */
  messageBytesMax: number
  /** Largest message received, in bytes. */
  inboundBytesMax: number
  /** Bytes queued towards the engine above which nothing more is taken on. */
  outboxHighBytes: number
  /** Log lines, spans and metrics kept until they are sent; the oldest go first. */
  telemetryItemsMax: number
  /** Bytes of text they may have together. */
  telemetryBytesMax: number
  /** Bytes a channel reader holds before its socket is paused, or, in browsers, given up. */
  channelBufferBytesMax: number
  /** Deadline of calls that name none. */
  callTimeoutMs: number
  /** Extra time the local timer gives the engine to answer a late call itself. */
  callTimeoutGraceMs: number
  /** How long a registration waits for its acknowledgement on a live connection. */
  registrationTimeoutMs: number
  /** How long connecting, and then the engine's first word, may take. */
  greetingTimeoutMs: number
  /** A connection silent for this long is pinged; one that misses two pings is dead. */
  heartbeatMs: number
  /** First pause before connecting again, before jitter of half of it either way. */
  reconnectFirstMs: number
  /**
   * Longest pause between two attempts to connect. Short, so that workers are back within two
   * seconds of an engine that listens again.
   */
  reconnectMaxMs: number
  /** How long running handlers may finish when the client shuts down. */
  drainTimeoutMs: number
}

/**
 * The defaults.
 *
 * @example
 * ```ts
 * import { LIMITS } from 'iii-kit'
 * LIMITS.callTimeoutMs // 30000
 * ```
 */
export const LIMITS: Readonly<Limits> = {
  invocationsMax: 1024,
  callsMax: 16_384,
  offlineCallsMax: 1024,
  registrationsMax: 20_000,
  triggerOperationsMax: 65_536,
  messageBytesMax: 64 * 1024 * 1024,
  inboundBytesMax: 256 * 1024 * 1024,
  outboxHighBytes: 16 * 1024 * 1024,
  telemetryItemsMax: 2048,
  telemetryBytesMax: 8 * 1024 * 1024,
  channelBufferBytesMax: 16 * 1024 * 1024,
  callTimeoutMs: 30_000,
  callTimeoutGraceMs: 1000,
  registrationTimeoutMs: 10_000,
  greetingTimeoutMs: 10_000,
  heartbeatMs: 15_000,
  reconnectFirstMs: 100,
  reconnectMaxMs: 1500,
  drainTimeoutMs: 10_000,
}

/** The largest frame of a channel; larger data is cut into several. */
export const CHANNEL_FRAME_BYTES = 64 * 1024
