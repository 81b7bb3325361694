/** WebSocket frames, cut at every place, and whatever breaks their rules. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FrameError, FrameReader, FrameWriter, mask, OPCODE, slabOf } from '../src/node/frames.ts'

type Seen = ['text', string] | ['binary', number] | ['ping', string] | ['pong'] | ['close', unknown]

function reader(bytesMax = 1 << 20) {
  const seen: Seen[] = []
  const frames = new FrameReader(
    {
      text: (data) => seen.push(['text', data]),
      binary: (data) => seen.push(['binary', data.length]),
      ping: (data) => seen.push(['ping', data.toString()]),
      pong: () => seen.push(['pong']),
      close: (code, reason) => seen.push(['close', [code, reason]]),
    },
    bytesMax,
  )
  return { frames, seen }
}

/** A frame as a server sends it. */
function frame(opcode: number, data: string | Buffer, final = true): Buffer {
  const payload = Buffer.from(data)
  const { length } = payload
  const header = Buffer.alloc(length < 126 ? 2 : length < 65_536 ? 4 : 10)
  header[0] = (final ? 0x80 : 0) | opcode
  if (length < 126) header[1] = length
  else if (length < 65_536) {
    header[1] = 126
    header.writeUInt16BE(length, 2)
  } else {
    header[1] = 127
    header.writeUInt32BE(length, 6)
  }
  return Buffer.concat([header, payload])
}

/** Takes the mask off what a client wrote, and reads it. */
function read(pieces: Buffer[]): Seen[] {
  const bytes = Buffer.concat(pieces)
  const { frames, seen } = reader(1 << 30)
  for (let at = 0; at < bytes.length; ) {
    const second = bytes[at + 1] as number
    assert.ok(second & 0x80, 'a client masks')
    const short = second & 0x7f
    const [length, key] =
      short < 126
        ? [short, at + 2]
        : short === 126
          ? [bytes.readUInt16BE(at + 2), at + 4]
          : [bytes.readUInt32BE(at + 6), at + 10]
    const payload = Buffer.from(bytes.subarray(key + 4, key + 4 + length))
    for (let n = 0; n < length; n++) {
      payload[n] = (payload[n] as number) ^ (bytes[key + (n & 3)] as number)
    }
    frames.push(frame((bytes[at] as number) & 0x0f, payload))
    at = key + 4 + length
  }
  return seen
}

test('frames are read however they are cut', () => {
  const whole = Buffer.concat([
    frame(OPCODE.text, 'größe 😀'),
    frame(OPCODE.text, 'x'.repeat(300)),
    frame(OPCODE.binary, Buffer.alloc(70_000)),
    frame(OPCODE.text, 'frag', false),
    frame(OPCODE.ping, 'between'),
    frame(OPCODE.continuation, 'ment', false),
    frame(OPCODE.continuation, 'ed'),
    frame(OPCODE.pong, ''),
    frame(OPCODE.text, ''),
    frame(OPCODE.close, Buffer.from([0x0f, 0xa1, 0x62, 0x79, 0x65])),
  ])
  const wanted: Seen[] = [
    ['text', 'größe 😀'],
    ['text', 'x'.repeat(300)],
    ['binary', 70_000],
    ['ping', 'between'],
    ['text', 'fragmented'],
    ['pong'],
    ['text', ''],
    ['close', [4001, 'bye']],
  ]
  for (const size of [1, 2, 3, 7, 1000, 65_536, whole.length]) {
    const { frames, seen } = reader()
    for (let at = 0; at < whole.length; at += size) frames.push(whole.subarray(at, at + size))
    assert.deepEqual(seen, wanted, `in pieces of ${size}`)
  }
})

test('a character cut in two by fragments is whole again', () => {
  const { frames, seen } = reader()
  const bytes = Buffer.from('é')
  frames.push(frame(OPCODE.text, bytes.subarray(0, 1), false))
  frames.push(frame(OPCODE.continuation, bytes.subarray(1)))
  assert.deepEqual(seen, [['text', 'é']])
})

test('what breaks the rules ends the connection with the right code', () => {
  for (const [bytes, code] of [
    [Buffer.from([0xc1, 0x00]), 1002],
    [Buffer.from([0x81, 0x80, 0, 0, 0, 0]), 1002],
    [frame(OPCODE.continuation, 'x'), 1002],
    [Buffer.concat([frame(OPCODE.text, 'a', false), frame(OPCODE.text, 'b')]), 1002],
    [frame(OPCODE.ping, 'x'.repeat(126)), 1002],
    [frame(OPCODE.ping, 'x', false), 1002],
    [frame(3, 'x'), 1002],
    [frame(11, 'x'), 1002],
    [frame(OPCODE.text, 'x'.repeat(1001)), 1009],
    [Buffer.from([0x81, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]), 1009],
  ] as const) {
    const { frames } = reader(1000)
    const broken = (error: unknown) => error instanceof FrameError && error.code === code
    assert.throws(() => frames.push(Buffer.from(bytes)), broken)
  }
})

test('what a client writes is masked and comes out again', () => {
  const writer = new FrameWriter()
  const texts = ['', 'a', '€'.repeat(41), 'é'.repeat(62), 'x'.repeat(126), '😀'.repeat(40_000)]
  for (const text of texts) writer.text(text)
  writer.binary(new Uint8Array(65_536))
  writer.control(OPCODE.ping, Buffer.from('hi'))
  writer.close(1000, 'bye')
  const pieces = writer.take()
  assert.ok(pieces.length < texts.length)
  assert.deepEqual(read(pieces), [
    ...texts.map((text) => ['text', text]),
    ['binary', 65_536],
    ['ping', 'hi'],
    ['close', [1000, 'bye']],
  ])
  assert.deepEqual([writer.take(), writer.bytes], [[], 0])
})

test('masking is the same wherever it begins and however long it is', () => {
  for (let start = 4; start < 9; start++) {
    for (const length of [0, 1, 3, 63, 64, 65, 66, 67, 1001]) {
      const slab = slabOf(start + length + 5)
      slab.bytes.fill(7)
      slab.bytes.set([1, 2, 3, 4], start - 4)
      mask(slab, start, length)
      for (let n = 0; n < length; n++) {
        assert.equal(slab.bytes[start + n], 7 ^ ((n & 3) + 1), `${start} ${length} ${n}`)
      }
      assert.ok(slab.bytes.subarray(start + length).every((byte) => byte === 7))
    }
  }
})
