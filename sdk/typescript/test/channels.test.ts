/** Ends of channels over memory. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ChannelEnd } from '../src/channel/end.ts'
import { channelNumber, mint } from '../src/channel/mint.ts'
import { ChannelReader } from '../src/channel/reader.ts'
import { extractChannelRefs, isChannelRef, replaceChannelRefs } from '../src/channel/refs.ts'
import { ChannelWriter } from '../src/channel/writer.ts'
import { LIMITS, type Limits } from '../src/limits.ts'
import { NodeChannelReader, NodeChannelWriter } from '../src/node/channel.ts'
import { type MemorySocket, memoryDial } from '../src/transport/memory.ts'
import { DialError } from '../src/transport/transport.ts'
import { settled } from './fake_clock.ts'
import { codeOf } from './fake_engine.ts'

type Heard = (string | number)[]

/** An end, and the engine's side of it once it is attached. */
function open(direction: 'read' | 'write', limits: Partial<Limits> = {}, refusal?: DialError) {
  const sockets: MemorySocket[] = []
  const heard: Heard = []
  const dial = memoryDial((_target, socket) => {
    if (refusal !== undefined) throw refusal
    sockets.push(socket)
    socket.start({
      message: (data) => heard.push(typeof data === 'string' ? data : data.length),
      alive: () => undefined,
      drained: () => undefined,
      closed: ({ code }) => heard.push(`closed ${code}`),
    })
  })
  const ref = { channel_id: 'c', access_key: 'k', direction }
  const parts = { dial, limits: { ...LIMITS, ...limits }, ref, open: new Set<ChannelEnd>() }
  const end = new ChannelEnd(parts)
  const engine = () => {
    assert.equal(sockets.length, 1)
    return sockets[0] as MemorySocket
  }
  return { end, engine, sockets, heard }
}

test('a writer attaches when it is first used, cuts what is large and keeps order', async () => {
  const { end, sockets, heard } = open('write')
  const writer = new ChannelWriter(end)
  await settled()
  assert.equal(sockets.length, 0)
  void writer.sendMessage('begin')
  void writer.write(new Uint8Array(150_000))
  void writer.sendMessage('end')
  await writer.close()
  await settled()
  assert.deepEqual(heard, ['begin', 65_536, 65_536, 18_928, 'end', 'closed 1000'])
  await writer.close()
  assert.equal(await codeOf(writer.write(new Uint8Array(1))), 'channel_aborted')
})

test('a loop of writes hears that its reader has gone', async () => {
  const { end, engine } = open('write')
  const writer = new ChannelWriter(end)
  await writer.write(new Uint8Array(1))
  setImmediate(() => engine().close(4002, ''))
  const writing = async () => {
    for (;;) await writer.write(new Uint8Array(1))
  }
  assert.equal(await codeOf(writing()), 'channel_aborted')
})

test('an empty stream is attached for its end; an abort is told', async () => {
  const empty = open('write')
  await new ChannelWriter(empty.end).close()
  const aborted = open('write')
  await new ChannelWriter(aborted.end).writable.abort()
  await settled()
  assert.deepEqual([empty.heard, aborted.heard], [['closed 1000'], ['closed 4001']])
})

test('a writer waits while much is on its way', async () => {
  const { end, engine } = open('write')
  const writer = new ChannelWriter(end)
  await writer.write(new Uint8Array(1))
  const ours = engine().peer as MemorySocket
  ours.queuedBytes = 1 << 20
  let written = false
  const writing = writer.write(new Uint8Array(1)).then(() => {
    written = true
  })
  await settled()
  assert.equal(written, false)
  ours.drain()
  await writing
})

test('a reader gives frames in order, then the end', async () => {
  const { end, engine } = open('read')
  const reader = new ChannelReader(end)
  const first = reader.next()
  await settled()
  engine().send('hello')
  engine().send(Buffer.from('ab'))
  engine().send(Buffer.from('cd'))
  engine().close(1000, '')
  assert.deepEqual(await first, { type: 'text', value: 'hello' })
  assert.equal(Buffer.from(await reader.readAll()).toString(), 'abcd')
  assert.equal(await reader.next(), undefined)
})

test('an abort is an error, not an end; an expired channel is not there', async () => {
  for (const [code, wanted] of [
    [4001, 'channel_aborted'],
    [4003, 'channel_not_found'],
  ] as const) {
    const { end, engine } = open('read')
    const reading = codeOf(new ChannelReader(end).readAll())
    await settled()
    engine().send(Buffer.from('ab'))
    engine().close(code, '')
    assert.equal(await reading, wanted)
  }
  const vanished = open('read')
  const reading = codeOf(new ChannelReader(vanished.end).next())
  await settled()
  vanished.engine().terminate()
  assert.equal(await reading, 'channel_aborted')
})

test('a reference that is no good is told to whoever uses it', async () => {
  const refusal = new DialError('404', { status: 404 })
  const reading = new ChannelReader(open('read', {}, refusal).end).readAll()
  const writing = new ChannelWriter(open('write', {}, refusal).end).write(new Uint8Array(1))
  assert.deepEqual(
    [await codeOf(reading), await codeOf(writing)],
    Array(2).fill('channel_not_found'),
  )
  const away = new ChannelReader(open('read', {}, new DialError('not there')).end).next()
  assert.equal(await codeOf(away), 'connection_lost')
})

test('a slow reader holds the socket up and lets it go on', async () => {
  const { end, engine } = open('read', { channelBufferBytesMax: 100 })
  const reader = new ChannelReader(end)
  const first = reader.next()
  await settled()
  for (let n = 0; n < 5; n++) engine().send(Buffer.alloc(60))
  engine().close(1000, '')
  await first
  let bytes = 60
  for (;;) {
    const item = await reader.next()
    if (item === undefined) break
    bytes += item.value.length
  }
  assert.equal(bytes, 300)
})

test('a limit on what is read ends the reading and tells the writer', async () => {
  const { end, engine, heard } = open('read')
  const reading = codeOf(new ChannelReader(end).readAll(100))
  await settled()
  engine().send(Buffer.alloc(101))
  assert.equal(await reading, 'payload_too_large')
  await settled()
  assert.deepEqual(heard, ['closed 4002'])
})

test('leaving a loop early, or cancelling a stream, tells the writer', async () => {
  const loop = open('read')
  const leave = (async () => {
    for await (const chunk of new ChannelReader(loop.end)) {
      assert.equal(chunk.length, 3)
      break
    }
  })()
  await settled()
  loop.engine().send(Buffer.alloc(3))
  await leave
  const stream = open('read')
  const { readable } = new ChannelReader(stream.end)
  const web = readable.getReader()
  const first = web.read()
  await settled()
  stream.engine().send(Buffer.alloc(3))
  await first
  await web.cancel()
  await settled()
  assert.deepEqual([loop.heard, stream.heard], [['closed 4002'], ['closed 4002']])
})

test("Node's streams carry the same", async () => {
  const down = open('read')
  const chunks: Buffer[] = []
  const reading = (async () => {
    for await (const chunk of new NodeChannelReader(down.end).stream) chunks.push(chunk)
  })()
  await settled()
  down.engine().send(Buffer.from('ab'))
  down.engine().send(Buffer.from('cd'))
  down.engine().close(1000, '')
  await reading
  assert.equal(Buffer.concat(chunks).toString(), 'abcd')
  const up = open('write')
  const writer = new NodeChannelWriter(up.end)
  for (let n = 0; n < 3; n++) writer.stream.write(Buffer.alloc(20_000))
  writer.stream.end()
  // Programs of the published package close once more.
  await writer.close()
  await settled()
  assert.deepEqual(up.heard, [20_000, 20_000, 20_000, 'closed 1000'])
})

test('control messages are told when they arrive, to whoever asked', async () => {
  const { end, engine } = open('read')
  const texts: string[] = []
  const reader = new ChannelReader(end)
  reader.onMessage((text) => texts.push(text))
  await settled()
  engine().send('one')
  engine().send(Buffer.from('ab'))
  engine().send('two')
  engine().close(1000, '')
  assert.equal((await reader.readAll()).length, 2)
  assert.deepEqual(texts, ['one', 'two'])
})

test('references are found, and replaced only when they are looked at', () => {
  const ref = { channel_id: 'c', access_key: 'k', direction: 'read' }
  assert.equal(isChannelRef({ ...ref, direction: 'sideways' }), false)
  const input = () => ({ a: [1, { b: ref }], c: ref, d: null })
  assert.deepEqual(
    extractChannelRefs(input()).map(([path]) => path),
    ['a[1].b', 'c'],
  )
  let opened = 0
  const replaced = replaceChannelRefs(input(), () => {
    opened += 1
    return 'open'
  }) as { c: string }
  assert.equal(opened, 0)
  assert.deepEqual([replaced.c, replaced.c, opened], ['open', 'open', 1])
  assert.equal(JSON.stringify(replaced), '{"a":[1,{"b":"open"}],"c":"open","d":null}')
})

test('minted keys are the halves of one digest', async () => {
  // printf 'w.65541' | openssl dgst -sha256 -hmac secret
  assert.equal(channelNumber(1, 5), '65541')
  const refs = await mint(new TextEncoder().encode('secret'), 'w.65541')
  assert.equal(
    refs.reader.access_key + refs.writer.access_key,
    '016e66e30b948a889b22d8df3e0a66534e9a39ccb8fd7e4f3922d22194acfb73',
  )
  assert.notEqual(channelNumber(7, 0), channelNumber(8, 65_536))
})
