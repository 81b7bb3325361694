/** The WebSocket of the web platform: browsers, and runtimes that follow them. */

import {
  type Closed,
  type Dial,
  DialError,
  parseAddress,
  type Socket,
  type SocketEvents,
  type Target,
  targetUrl,
} from './transport.ts'

const OPEN = 1
/** The platform does not tell when its buffer has drained, so it is asked this often. */
const DRAIN_POLL_MS = 5

/** Dials with the platform's own WebSocket. The token travels as a subprotocol. */
export function webSocketDial(address: string, token: string | undefined): Dial {
  const engine = parseAddress(address)
  return {
    address: engine.origin + engine.pathname,
    dial: (target, signal) => open(targetUrl(engine, target), target, token, signal),
  }
}

function open(
  url: URL,
  target: Target,
  token: string | undefined,
  signal: AbortSignal,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const protocols = token !== undefined && target.kind !== 'channel' ? [`iii.token.${token}`] : []
    let socket: WebSocket
    try {
      socket = new WebSocket(url, protocols)
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      reject(new DialError(reason, { fatal: true }))
      return
    }
    socket.binaryType = 'arraybuffer'
    const opened = new WebSocketSocket(socket)
    const aborted = () => {
      socket.close()
      reject(new DialError('connecting took too long'))
    }
    signal.addEventListener('abort', aborted, { once: true })
    socket.onopen = () => {
      signal.removeEventListener('abort', aborted)
      resolve(opened)
    }
    socket.onclose = () => {
      signal.removeEventListener('abort', aborted)
      // The platform does not tell why, not even to whom it may concern.
      reject(new DialError(`no connection to ${url.origin}`, channelStatus(target)))
    }
  })
}

/** A channel is refused for one reason in practice: its reference is no good. */
function channelStatus(target: Target): { status?: number } {
  return target.kind === 'channel' ? { status: 404 } : {}
}

class WebSocketSocket implements Socket {
  readonly #socket: WebSocket
  #events: SocketEvents | undefined
  #early: (string | Uint8Array)[] = []
  #ended: Closed | undefined
  #polling = false

  constructor(socket: WebSocket) {
    this.#socket = socket
    socket.onmessage = (event: MessageEvent<string | ArrayBuffer>) => {
      const data = typeof event.data === 'string' ? event.data : new Uint8Array(event.data)
      if (this.#events === undefined) this.#early.push(data)
      else this.#events.message(data)
    }
  }

  start(events: SocketEvents): void {
    this.#events = events
    this.#socket.onclose = (event) => {
      // 1005 and 1006 are the platform's words for "no code" and "no farewell". `wasClean` asks for
      // more than a farewell: that ours was heard as well.
      const code = event.code === 1005 || event.code === 1006 ? undefined : event.code
      this.#end({ clean: event.code !== 1006, code, reason: event.reason })
    }
    for (const data of this.#early.splice(0)) events.message(data)
  }

  send(data: string | Uint8Array): void {
    if (this.#socket.readyState !== OPEN) return
    this.#socket.send(data as string)
    this.#pollDrain()
  }

  #pollDrain(): void {
    if (this.#polling || this.#socket.bufferedAmount === 0) return
    this.#polling = true
    setTimeout(() => {
      this.#polling = false
      if (this.#socket.readyState !== OPEN) return
      if (this.#socket.bufferedAmount === 0) this.#events?.drained()
      else this.#pollDrain()
    }, DRAIN_POLL_MS)
  }

  get queuedBytes(): number {
    return this.#socket.bufferedAmount
  }

  ping(): boolean {
    return false
  }

  pause(): boolean {
    return false
  }

  resume(): void {}

  close(code: number, reason: string): void {
    this.#socket.close(code, reason)
  }

  terminate(): void {
    this.#socket.close()
    this.#end({ clean: false, code: undefined, reason: 'terminated' })
  }

  keepAlive(): void {}

  #end(closed: Closed): void {
    if (this.#ended !== undefined) return
    this.#ended = closed
    this.#events?.closed(closed)
  }
}
