/** WebSocket frames of a client, RFC 6455: bytes in, messages out, and the other way round. */

import { randomFillSync } from 'node:crypto'

export const OPCODE = {
  continuation: 0,
  text: 1,
  binary: 2,
  close: 8,
  ping: 9,
  pong: 10,
} as const

/** What the reader finds. */
export interface FrameHandler {
  text(data: string): void
  binary(data: Buffer): void
  ping(data: Buffer): void
  pong(): void
  close(code: number | undefined, reason: string): void
}

/** The peer broke the rules; the connection ends with this code. */
export class FrameError extends Error {
  constructor(
    readonly code: number,
    message: string,
  ) {
    super(message)
    this.name = 'FrameError'
  }
}

/** Cuts frames out of what a server sends. */
export class FrameReader {
  readonly #handler: FrameHandler
  readonly #bytesMax: number
  /** Bytes that are not yet a whole frame, in the order in which they came. */
  #chunks: Buffer[] = []
  #held = 0
  /** How many bytes have to be there before another look is worth it. */
  #needed = 2
  #fragments: Buffer[] = []
  #fragmentBytes = 0
  #fragmentOpcode = 0

  constructor(handler: FrameHandler, bytesMax: number) {
    this.#handler = handler
    this.#bytesMax = bytesMax
  }

  /** Takes bytes and hands on whatever is complete. Throws a `FrameError`. */
  push(chunk: Buffer): void {
    this.#held += chunk.length
    if (this.#held < this.#needed) {
      this.#chunks.push(chunk)
      return
    }
    let bytes = chunk
    if (this.#chunks.length > 0) {
      this.#chunks.push(chunk)
      bytes = Buffer.concat(this.#chunks, this.#held)
      this.#chunks = []
    }
    const used = this.#frames(bytes)
    const rest = bytes.length - used
    if (rest > 0) this.#chunks = [used === 0 ? bytes : bytes.subarray(used)]
    this.#held = rest
  }

  /** Reads as many frames as there are; returns how many bytes they took. */
  #frames(bytes: Buffer): number {
    let at = 0
    for (;;) {
      const left = bytes.length - at
      this.#needed = 2
      if (left < 2) return at
      const head = bytes[at] as number
      const second = bytes[at + 1] as number
      if ((head & 0x70) !== 0) throw new FrameError(1002, 'reserved bits are set')
      if ((second & 0x80) !== 0) throw new FrameError(1002, 'a server must not mask')
      let length = second & 0x7f
      let start = 2
      if (length === 126) {
        start = 4
        this.#needed = start
        if (left < start) return at
        length = bytes.readUInt16BE(at + 2)
      } else if (length === 127) {
        start = 10
        this.#needed = start
        if (left < start) return at
        length = bytes.readUInt32BE(at + 2) * 2 ** 32 + bytes.readUInt32BE(at + 6)
      }
      if (length + this.#fragmentBytes > this.#bytesMax) {
        throw new FrameError(1009, 'the message is too large')
      }
      this.#needed = start + length
      if (left < start + length) return at
      const from = at + start
      at = from + length
      this.#frame(head, bytes, from, at)
    }
  }

  #frame(head: number, bytes: Buffer, from: number, to: number): void {
    const opcode = head & 0x0f
    const final = (head & 0x80) !== 0
    if (opcode >= OPCODE.close) {
      if (!final || to - from > 125) throw new FrameError(1002, 'a control frame is too long')
      this.#control(opcode, bytes.subarray(from, to))
      return
    }
    if (opcode === OPCODE.continuation) {
      if (this.#fragmentOpcode === 0) throw new FrameError(1002, 'nothing to continue')
    } else if (this.#fragmentOpcode !== 0) {
      throw new FrameError(1002, 'a fragmented message is not finished')
    } else if (final) {
      this.#message(opcode, bytes, from, to)
      return
    } else {
      this.#fragmentOpcode = opcode
    }
    this.#fragments.push(Buffer.from(bytes.subarray(from, to)))
    this.#fragmentBytes += to - from
    if (!final) return
    const whole = Buffer.concat(this.#fragments, this.#fragmentBytes)
    const whose = this.#fragmentOpcode
    this.#fragments = []
    this.#fragmentBytes = 0
    this.#fragmentOpcode = 0
    this.#message(whose, whole, 0, whole.length)
  }

  #message(opcode: number, bytes: Buffer, from: number, to: number): void {
    if (opcode === OPCODE.text) this.#handler.text(bytes.toString('utf8', from, to))
    else if (opcode === OPCODE.binary) this.#handler.binary(bytes.subarray(from, to))
    else throw new FrameError(1002, `unknown opcode ${opcode}`)
  }

  #control(opcode: number, data: Buffer): void {
    if (opcode === OPCODE.ping) this.#handler.ping(data)
    else if (opcode === OPCODE.pong) this.#handler.pong()
    else if (opcode === OPCODE.close) {
      const code = data.length >= 2 ? data.readUInt16BE(0) : undefined
      this.#handler.close(code, data.length > 2 ? data.toString('utf8', 2) : '')
    } else throw new FrameError(1002, `unknown opcode ${opcode}`)
  }
}

/** Frames of one turn are written into one piece of memory of this size where they fit. */
const SLAB_BYTES = 64 * 1024
const HEADER_BYTES_MAX = 14
/** A text with fewer units has at most 125 bytes: no unit takes more than three. */
const SHORT_TEXT = 42
const KEYS = Buffer.alloc(4096)

/** Collects frames to be written together. */
export class FrameWriter {
  #memory = slabOf(0)
  /** Where the frames that were not taken yet begin, and end. */
  #from = 0
  #to = 0
  #pieces: Buffer[] = []
  #keyAt = KEYS.length

  text(data: string): void {
    if (data.length < SHORT_TEXT) {
      // Written before its length is known: whatever it is, the header has the same size.
      const at = this.#reserve(data.length * 3)
      const written = this.#memory.bytes.write(data, at + 6, 'utf8')
      this.#finish(this.#header(OPCODE.text, at, written), written)
      return
    }
    const bytes = Buffer.byteLength(data)
    const start = this.#header(OPCODE.text, this.#reserve(bytes), bytes)
    this.#memory.bytes.write(data, start, 'utf8')
    this.#finish(start, bytes)
  }

  binary(data: Uint8Array): void {
    this.control(OPCODE.binary, data)
  }

  control(opcode: number, data: Uint8Array): void {
    const at = this.#reserve(data.length)
    const start = this.#header(opcode, at, data.length)
    this.#memory.bytes.set(data, start)
    this.#finish(start, data.length)
  }

  close(code: number, reason: string): void {
    const text = Buffer.from(reason)
    const body = Buffer.alloc(2 + Math.min(text.length, 123))
    body.writeUInt16BE(code, 0)
    text.copy(body, 2)
    this.control(OPCODE.close, body)
  }

  /** Bytes that were not taken yet. */
  get bytes(): number {
    let bytes = this.#to - this.#from
    for (const piece of this.#pieces) bytes += piece.length
    return bytes
  }

  /** Everything since the last time, in order. */
  take(): Buffer[] {
    this.#cut()
    const pieces = this.#pieces
    this.#pieces = []
    return pieces
  }

  /** Everything that was taken has left: its memory can be used again. */
  reuse(): void {
    if (this.#to > this.#from || this.#pieces.length > 0) return
    if (this.#memory.bytes.length > SLAB_BYTES) this.#memory = slabOf(0)
    this.#from = 0
    this.#to = 0
  }

  #cut(): void {
    if (this.#to > this.#from) this.#pieces.push(this.#memory.bytes.subarray(this.#from, this.#to))
    this.#from = this.#to
  }

  #reserve(bytes: number): number {
    const wanted = bytes + HEADER_BYTES_MAX
    if (this.#memory.bytes.length - this.#to < wanted) {
      this.#cut()
      // What is written may be on its way still.
      this.#memory = slabOf(Math.max(SLAB_BYTES, wanted))
      this.#from = 0
      this.#to = 0
    }
    return this.#to
  }

  #header(opcode: number, at: number, length: number): number {
    const slab = this.#memory.bytes
    slab[at] = 0x80 | opcode
    let key = at + 2
    if (length < 126) {
      slab[at + 1] = 0x80 | length
    } else if (length < 65_536) {
      slab[at + 1] = 0x80 | 126
      slab.writeUInt16BE(length, at + 2)
      key = at + 4
    } else {
      slab[at + 1] = 0x80 | 127
      slab.writeUInt32BE(Math.floor(length / 2 ** 32), at + 2)
      slab.writeUInt32BE(length >>> 0, at + 6)
      key = at + 10
    }
    if (this.#keyAt === KEYS.length) {
      randomFillSync(KEYS)
      this.#keyAt = 0
    }
    for (let n = 0; n < 4; n++) slab[key + n] = KEYS[this.#keyAt + n] as number
    this.#keyAt += 4
    return key + 4
  }

  #finish(start: number, length: number): void {
    mask(this.#memory, start, length)
    this.#to = start + length
  }
}

/** Memory that is also seen as words. */
export interface Slab {
  readonly bytes: Buffer
  readonly words: Int32Array
}

export function slabOf(size: number): Slab {
  const memory = new ArrayBuffer((size + 3) & ~3)
  return { bytes: Buffer.from(memory), words: new Int32Array(memory) }
}

/** Masks a payload with the four bytes in front of it, four bytes at a time where it can. */
export function mask({ bytes, words }: Slab, start: number, length: number): void {
  const end = start + length
  let at = start
  const aligned = Math.min((start + 3) & ~3, end)
  for (; at < aligned; at++) {
    bytes[at] = (bytes[at] as number) ^ (bytes[start - 4 + (at - start)] as number)
  }
  const shift = (at - start) & 3
  const key = (n: number) => bytes[start - 4 + ((shift + n) & 3)] as number
  const word = LITTLE
    ? key(0) | (key(1) << 8) | (key(2) << 16) | (key(3) << 24)
    : key(3) | (key(2) << 8) | (key(1) << 16) | (key(0) << 24)
  const last = at + ((end - at) & ~3)
  for (let n = at >> 2; n < last >> 2; n++) words[n] = (words[n] as number) ^ word
  for (at = Math.max(last, at); at < end; at++) {
    bytes[at] = (bytes[at] as number) ^ (bytes[start - 4 + ((at - start) & 3)] as number)
  }
}

const LITTLE = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1
