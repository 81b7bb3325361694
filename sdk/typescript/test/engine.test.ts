/** Against a real engine. */

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { after, before, test } from 'node:test'
import { createChannel } from '../src/node/helpers.ts'
import {
  type BoundTrigger,
  type ChannelReader,
  type ChannelWriter,
  http,
  type IIIClient,
  type InitOptions,
  type NodeChannelReader,
  type NodeChannelWriter,
  registerWorker,
  state,
} from '../src/node.ts'
import { Engine, skip } from './engine.ts'
import { codeOf } from './fake_engine.ts'
import { pkg } from './places.ts'

let engine: Engine
const clients: IIIClient[] = []

function connect(workerName: string, options: InitOptions = {}): IIIClient {
  const client = registerWorker(engine.url, { workerName, log: () => undefined, ...options })
  clients.push(client)
  return client
}

before(async () => {
  if (!skip) engine = await Engine.start()
})
after(async () => {
  if (skip) return
  for (const client of clients) await client.shutdown()
  await engine.stop()
})

test('calls between workers: values, errors, context, cancellation', { skip }, async () => {
  const worker = connect('calls-worker')
  const caller = connect('calls-caller')
  await worker.registerFunction('calls::echo', async (input) => input)
  for (const value of [null, true, 1.5, 'größe 東京 😀', [], { z: 1, a: { n: null } }]) {
    assert.deepEqual(await caller.trigger({ function_id: 'calls::echo', payload: value }), value)
  }
  assert.equal(await caller.trigger({ function_id: 'calls::echo' }), undefined)
  const numbers = Array.from({ length: 2000 }, (_, n) => n)
  const echo = (payload: number) => caller.trigger<number>({ function_id: 'calls::echo', payload })
  assert.deepEqual(await Promise.all(numbers.map(echo)), numbers)

  await worker.registerFunction('calls::fails', async () => {
    throw Object.assign(new Error('no bolts'), { code: 'out_of_stock' })
  })
  await assert.rejects(caller.trigger({ function_id: 'calls::fails' }), {
    code: 'out_of_stock',
    function_id: 'calls::fails',
    stacktrace: undefined,
  })
  assert.equal(await codeOf(caller.trigger({ function_id: 'calls::no' })), 'function_not_found')

  let cancelled = ''
  await worker.registerFunction('calls::hold', (_input, { signal, caller: by }) => {
    return new Promise((resolve) => {
      signal.addEventListener('abort', () => {
        cancelled = String(by?.worker_name)
        resolve(null)
      })
    })
  })
  const late = caller.trigger({ function_id: 'calls::hold', timeoutMs: 50 })
  assert.equal(await codeOf(late), 'TIMEOUT')
  await echo(1)
  assert.equal(cancelled, 'calls-caller')
})

test('nested calls share a trace and end no later than their parent', { skip }, async () => {
  const worker = connect('nested-worker')
  await worker.registerFunction('nested::inner', async (_input, context) => ({
    trace: context.traceId,
    by: context.caller?.function_id,
    left: context.remainingMs,
  }))
  await worker.registerFunction('nested::outer', async (_input, context) => {
    await new Promise((resolve) => setImmediate(resolve))
    const inner = await worker.trigger<object>({ function_id: 'nested::inner', timeoutMs: 60_000 })
    return { ...inner, outer: context.traceId }
  })
  const answer = await worker.trigger<{ trace: string; outer: string; by: string; left: number }>({
    function_id: 'nested::outer',
    timeoutMs: 5000,
  })
  assert.equal(answer.trace, answer.outer)
  assert.equal(answer.by, 'nested::outer')
  assert.ok(answer.left <= 5000)
})

test('channels carry bytes both ways, and aborts', { skip }, async () => {
  const worker = connect('channels-worker')
  const caller = connect('channels-caller')
  const block = Buffer.alloc(300_000, 'channel data ')
  const sum = (data: Uint8Array) => createHash('sha256').update(data).digest('hex')
  const wanted = sum(Buffer.concat(Array(20).fill(block)))
  await worker.registerFunction('channels::read', async ({ file }: { file: NodeChannelReader }) => {
    const texts: string[] = []
    file.onMessage((text) => texts.push(text))
    return { sum: sum(await file.readAll()), texts }
  })
  await worker.registerFunction('channels::write', async ({ file }: { file: ChannelWriter }) => {
    for (let n = 0; n < 20; n++) await file.write(block)
    await file.close()
  })
  await worker.registerFunction('channels::abort', async ({ file }: { file: ChannelWriter }) => {
    await file.write(block)
    await file.abort()
  })

  const up = await createChannel(caller, 4)
  const read = caller.trigger({ function_id: 'channels::read', payload: { file: up.readerRef } })
  up.writer.sendMessage('begin')
  for (let n = 0; n < 20; n++) up.writer.stream.write(block)
  up.writer.stream.end()
  assert.deepEqual(await read, { sum: wanted, texts: ['begin'] })

  const minted = await caller.mintChannelRefs(8)
  const payload = { file: minted.writer }
  const written = caller.trigger({ function_id: 'channels::write', payload })
  const chunks: Uint8Array[] = []
  for await (const chunk of caller.openReader(minted.reader).readable) chunks.push(chunk)
  assert.equal(sum(Buffer.concat(chunks)), wanted)
  await written

  const refs = await caller.mintChannelRefs()
  void caller.trigger({ function_id: 'channels::abort', payload: { file: refs.writer } })
  assert.equal(await codeOf(caller.openReader(refs.reader).readAll()), 'channel_aborted')
  assert.equal(await codeOf(caller.openReader(refs.reader).readAll()), 'channel_not_found')
})

test('a reader that leaves is told to the writer', { skip }, async () => {
  const client = connect('leaving')
  const { reader, writer } = await createChannel(client)
  await writer.write(Buffer.alloc(10))
  assert.equal((await (reader as ChannelReader).next())?.type, 'binary')
  await reader.close()
  const writing = async () => {
    for (;;) await (writer as NodeChannelWriter).write(Buffer.alloc(10_000))
  }
  assert.equal(await codeOf(writing()), 'channel_aborted')
})

test('http triggers: an answer at once, and one in parts', { skip }, async () => {
  const worker = connect('http-worker')
  await worker.registerFunction(
    'web::hello',
    async (request: { path_params: { name: string } }) => ({
      status_code: 201,
      body: { hello: request.path_params.name },
    }),
  )
  await worker.registerFunction(
    'web::parts',
    http(async (request, response) => {
      const body = await request.request_body.readAll()
      response.status(206)
      response.headers({ 'content-type': 'text/plain' })
      response.stream.write('got ')
      response.stream.end(String(body.length))
    }),
  )
  await worker.registerFunction(
    'web::events',
    http(async (_request, response) => {
      const events = await response.events()
      for (const n of [1, 2]) await events.send({ id: String(n), data: { n } })
      await events.close()
    }),
  )
  for (const [function_id, api_path] of [
    ['web::events', '/events'],
    ['web::hello', '/hello/:name'],
    ['web::parts', '/parts'],
  ] as const) {
    const config = { api_path, http_method: 'POST' }
    await worker.registerTrigger({ type: 'http', function_id, config })
  }
  const hello = await fetch(`${engine.httpUrl}/hello/ada`, { method: 'POST' })
  assert.deepEqual([hello.status, await hello.json()], [201, { hello: 'ada' }])
  const parts = await fetch(`${engine.httpUrl}/parts`, { method: 'POST', body: 'x'.repeat(1000) })
  assert.deepEqual([parts.status, await parts.text()], [206, 'got 1000'])
  const events = await fetch(`${engine.httpUrl}/events`, { method: 'POST' })
  assert.equal(events.headers.get('content-type'), 'text/event-stream')
  assert.equal(await events.text(), ':\n\nid: 1\ndata: {"n":1}\n\nid: 2\ndata: {"n":2}\n\n')
})

test('a trigger type of one worker, used by another; state', { skip }, async () => {
  const provider = connect('bells')
  const user = connect('ringers')
  const bound: BoundTrigger[] = []
  await provider.registerTriggerType(
    { id: 'ts-bell' },
    { registerTrigger: async (trigger) => void bound.push(trigger), unregisterTrigger() {} },
  )
  await user.registerFunction('bell::heard', async (input, { metadata }) => ({ input, metadata }))
  const metadata = { tenant: 'a' }
  await user.registerTrigger({ type: 'ts-bell', function_id: 'bell::heard', config: {}, metadata })
  assert.deepEqual(await bound[0]?.fire({ ding: 1 }), {
    blocked: false,
    result: { input: { ding: 1 }, metadata },
  })
  const orders = state<{ total: number }>(user, 'ts-orders')
  await orders.set('7', { total: 3 })
  assert.deepEqual(await orders.get('7'), { total: 3 })
  assert.equal(await orders.get('8'), undefined)
  assert.deepEqual(await orders.delete('7'), { total: 3 })
})

test('after a restart of the engine everything is back', { skip }, async () => {
  const other = await Engine.start()
  try {
    const client = registerWorker(other.url, { workerName: 'back', log: () => undefined })
    await client.registerFunction('back::echo', async (input) => input)
    await client.registerFunction('back::hold', () => new Promise(() => undefined))
    const broken = codeOf(client.trigger({ function_id: 'back::hold' }))
    await client.trigger({ function_id: 'back::echo' })
    await other.restart()
    assert.equal(await broken, 'connection_lost')
    await client.connected()
    const again = await client.trigger({ function_id: 'back::echo', payload: 'again' })
    assert.equal(again, 'again')
    await client.shutdown()
  } finally {
    await other.stop()
  }
})

test('a process ends by itself when its work is done', { skip }, async () => {
  const program = `
    import { registerWorker } from ${JSON.stringify(new URL('build/src/node.js', pkg).href)}
    const iii = registerWorker(${JSON.stringify(engine.url)}, { workerName: 'short' })
    const { workers } = await iii.trigger({ function_id: 'engine::workers::list', payload: {} })
    process.stdout.write(String(workers.some(({ name }) => name === 'short')))`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  child.stdout.on('data', (chunk) => {
    output += chunk
  })
  const code = await new Promise((resolve) => child.once('exit', resolve))
  assert.deepEqual([code, output], [0, 'true'])
})
