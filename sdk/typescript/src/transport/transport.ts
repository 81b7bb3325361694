/** How bytes travel: what every transport promises to the rest of the SDK. */

/** Which end of a channel. */
export type Direction = 'read' | 'write'

/** What to connect to. */
export type Target =
  | { readonly kind: 'worker' }
  | { readonly kind: 'telemetry' }
  | {
      readonly kind: 'channel'
      readonly id: string
      readonly key: string
      readonly direction: Direction
    }

/** What happens to a socket. None of these is called before `start`, none after `closed`. */
export interface SocketEvents {
  /** A text or a binary message arrived. */
  message(data: string | Uint8Array): void
  /** Something else arrived: a sign of life. */
  alive(): void
  /** What was queued has left. */
  drained(): void
  /** It is over, by the peer's close frame (with its code if it had one) or without. */
  closed(end: Closed): void
}

/** How a socket ended. */
export interface Closed {
  /** Whether the peer said so, instead of vanishing. */
  readonly clean: boolean
  /** The peer's close code, if it named one. */
  readonly code: number | undefined
  readonly reason: string
}

/** An open message socket. */
export interface Socket {
  /** Begins to deliver events. */
  start(events: SocketEvents): void
  /** Queues a message; messages of one turn leave together. */
  send(data: string | Uint8Array): void
  /** Bytes queued and not yet taken by the system. */
  readonly queuedBytes: number
  /** Asks the peer for a sign of life; `false` where the platform cannot. */
  ping(): boolean
  /** Stops reading; `false` where the platform cannot. */
  pause(): boolean
  resume(): void
  /** Says farewell after everything queued. `closed` follows. */
  close(code: number, reason: string): void
  /** Ends it at once. `closed` follows. */
  terminate(): void
  /** Whether the process stays alive for it. */
  keepAlive(keep: boolean): void
}

/** Opens sockets to one engine. */
export interface Dial {
  /** The engine's address, without secrets. */
  readonly address: string
  /** Connects. Rejects with a {@link DialError}. */
  dial(target: Target, signal: AbortSignal): Promise<Socket>
}

/** Why there is no connection. */
export class DialError extends Error {
  /** The HTTP status of a refusal. */
  readonly status: number | undefined
  /** Whether trying again unchanged is pointless. */
  readonly fatal: boolean

  constructor(message: string, options: { status?: number; fatal?: boolean } = {}) {
    super(message)
    this.name = 'DialError'
    this.status = options.status
    this.fatal = options.fatal ?? isFatal(options.status)
  }
}

/** Some statuses of HTTP say "not now" instead of "never". */
function isFatal(status: number | undefined): boolean {
  if (status === undefined || status >= 500) return false
  return status !== 408 && status !== 425 && status !== 429
}

/** The address of a target: the query of the engine's address is kept. */
export function targetUrl(engine: URL, target: Target): URL {
  const url = new URL(engine)
  const base = url.pathname.replace(/\/+$/, '')
  if (target.kind === 'telemetry') url.pathname = `${base}/otel`
  if (target.kind === 'channel') {
    url.pathname = `${base}/ws/channels/${encodeURIComponent(target.id)}`
    url.searchParams.set('key', target.key)
    url.searchParams.set('dir', target.direction)
  }
  return url
}

/** The engine's address as it may be shown. Throws a `DialError` when it is none. */
export function parseAddress(address: string): URL {
  let url: URL
  try {
    url = new URL(address)
  } catch {
    throw new DialError(`\`${address}\` is no address`, { fatal: true })
  }
  if (url.protocol === 'http:') url.protocol = 'ws:'
  if (url.protocol === 'https:') url.protocol = 'wss:'
  if (url.protocol !== 'ws:' && url.protocol !== 'wss:') {
    throw new DialError(`\`${address}\` is no address of an engine: use ws:// or wss://`, {
      fatal: true,
    })
  }
  return url
}
