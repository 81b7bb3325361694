/** From an address to an open socket: the HTTP upgrade of RFC 6455. */

import { createHash, randomBytes } from 'node:crypto'
import { type IncomingMessage, request as plainRequest } from 'node:http'
import { request as secureRequest } from 'node:https'
import type { Socket as TcpSocket } from 'node:net'
import { DialError } from '../transport/transport.ts'

const MAGIC = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
/** A refusal has a body of one line. */
const REFUSAL_BYTES_MAX = 4096

/** What an upgrade gives. */
export interface Upgraded {
  readonly socket: TcpSocket
  /** What the server sent right behind its answer. */
  readonly head: Buffer
}

/** Asks for an upgrade. Rejects with a `DialError`. */
export function upgrade(
  url: URL,
  headers: Readonly<Record<string, string>>,
  ca: string | Buffer | undefined,
  signal: AbortSignal,
): Promise<Upgraded> {
  const key = randomBytes(16).toString('base64')
  const secure = url.protocol === 'wss:'
  const start = secure ? secureRequest : plainRequest
  return new Promise((resolve, reject) => {
    const request = start({
      protocol: secure ? 'https:' : 'http:',
      // Brackets belong to the address, not to the host.
      hostname: url.hostname.replace(/^\[|\]$/g, ''),
      port: url.port || (secure ? 443 : 80),
      path: url.pathname + url.search,
      headers: {
        ...headers,
        Connection: 'Upgrade',
        Upgrade: 'websocket',
        'Sec-WebSocket-Version': '13',
        'Sec-WebSocket-Key': key,
      },
      agent: false,
      signal,
      ...(secure ? { ca, ALPNProtocols: [] } : {}),
    })
    request.on('error', (error) => reject(new DialError(`${url.host}: ${describe(error)}`)))
    request.on('response', (response) => {
      refusal(response).then((text) => {
        const status = response.statusCode ?? 0
        reject(new DialError(`${url.host} answered ${status}: ${text}`, { status }))
        request.destroy()
      })
    })
    request.on('upgrade', (response, socket, head) => {
      const accept = createHash('sha1')
        .update(key + MAGIC)
        .digest('base64')
      if (response.headers['sec-websocket-accept'] !== accept) {
        socket.destroy()
        reject(new DialError(`${url.host} is no WebSocket server`, { fatal: true }))
        return
      }
      const tcp = socket as TcpSocket
      tcp.setNoDelay(true)
      tcp.setTimeout(0)
      resolve({ socket: tcp, head })
    })
    request.end()
  })
}

async function refusal(response: IncomingMessage): Promise<string> {
  let text = ''
  try {
    response.setEncoding('utf8')
    for await (const chunk of response) {
      text += chunk
      if (text.length > REFUSAL_BYTES_MAX) break
    }
  } catch {
    // The status says enough.
  }
  return text.trim() || (response.statusMessage ?? '')
}

function describe(error: unknown): string {
  // Several addresses of one host fail with one error without a message.
  if (error instanceof AggregateError && error.errors.length > 0) return describe(error.errors[0])
  return error instanceof Error ? error.message : String(error)
}
