/** Calls this worker makes. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { InvocationError, TriggerAction } from '../src/main.ts'
import { settled } from './fake_clock.ts'
import { codeOf, World } from './fake_engine.ts'

test('a call carries id, trace and deadline, and resolves with its result', async () => {
  const { client, engine } = await World.connected()
  const call = client.trigger({ function_id: 'a::b', payload: { x: null }, metadata: { m: 1 } })
  await settled()
  const sent = engine.call('a::b')
  assert.match(
    String(sent.invocation_id),
    /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-0{11}1$/,
  )
  assert.match(String(sent.traceparent), /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/)
  assert.deepEqual([sent.data, sent.metadata, sent.timeout_ms], [{ x: null }, { m: 1 }, 30_000])
  engine.answer(sent, { ok: true })
  assert.deepEqual(await call, { ok: true })
})

test('absent and null survive, both ways', async () => {
  const { client, engine } = await World.connected()
  const absent = client.trigger({ function_id: 'a::b' })
  const nothing = client.trigger({ function_id: 'a::b', payload: null })
  await settled()
  const [one, other] = [engine.call('a::b'), engine.call('a::b')]
  assert.deepEqual(['data' in one, other.data], [false, null])
  engine.answer(one, undefined)
  engine.answer(other, null)
  assert.deepEqual([await absent, await nothing], [undefined, null])
})

test('an error keeps code, message and stack, and says which function failed', async () => {
  const { client, engine } = await World.connected()
  const call = client.trigger({ function_id: 'a::b' })
  await settled()
  const invocation_id = String(engine.call('a::b').invocation_id)
  const error = { code: 'out_of_stock', message: 'no bolts', stacktrace: 'at line 1' }
  engine.say({ type: 'invocationresult', invocation_id, error })
  await assert.rejects(call, (failure: InvocationError) => {
    assert.ok(failure instanceof InvocationError)
    assert.deepEqual(
      [failure.code, failure.detail, failure.function_id, failure.stacktrace, failure.retryable],
      ['out_of_stock', 'no bolts', 'a::b', 'at line 1', false],
    )
    return true
  })
})

test('an error of another shape is told whole', async () => {
  const { client, engine } = await World.connected()
  const call = client.trigger({ function_id: 'a::b' })
  await settled()
  const invocation_id = String(engine.call('a::b').invocation_id)
  engine.say({ type: 'invocationresult', invocation_id, error: [1] })
  await assert.rejects(call, { code: 'UNKNOWN', message: 'UNKNOWN: [1]' })
})

test('the local timer gives the engine a second to answer first, then cancels', async () => {
  const { client, engine, clock } = await World.connected()
  const call = client.trigger({ function_id: 'a::b', timeoutMs: 500 })
  const failed = codeOf(call)
  await clock.advance(1400)
  assert.deepEqual(engine.all('cancelinvocation'), [])
  await clock.advance(200)
  assert.equal(await failed, 'TIMEOUT')
  assert.equal(engine.take('cancelinvocation').reason, 'timeout')
})

test('aborting gives the call up and tells the engine; late results are dropped', async () => {
  const { client, engine } = await World.connected()
  const controller = new AbortController()
  const call = client.trigger({ function_id: 'a::b', signal: controller.signal })
  const failed = codeOf(call)
  await settled()
  const sent = engine.call('a::b')
  controller.abort()
  assert.equal(await failed, 'cancelled')
  await settled()
  const cancel = engine.take('cancelinvocation')
  assert.deepEqual([cancel.invocation_id, cancel.reason], [sent.invocation_id, 'cancelled'])
  engine.answer(sent, 1)
  await settled()
  const aborted = client.trigger({ function_id: 'a::b', signal: AbortSignal.abort() })
  assert.equal(await codeOf(aborted), 'cancelled')
})

test('a void call resolves at once, without an id', async () => {
  const { client, engine } = await World.connected()
  const action = TriggerAction.Void()
  assert.equal(await client.trigger({ function_id: 'a::b', payload: 1, action }), undefined)
  await settled()
  const sent = engine.call('a::b')
  assert.deepEqual([sent.action, 'invocation_id' in sent], [{ type: 'void' }, false])
})

test('calls made before the engine is there are sent in order when it is', async () => {
  const world = new World()
  const calls = [1, 2].map((payload) => world.client.trigger({ function_id: 'a::b', payload }))
  const action = TriggerAction.Void()
  await world.client.trigger({ function_id: 'a::b', payload: 3, action })
  await world.clock.advance(100)
  await world.greet()
  const sent = world.engine
    .all('invokefunction')
    .filter(({ function_id }) => function_id === 'a::b')
  assert.deepEqual(
    sent.map(({ data }) => data),
    [1, 2, 3],
  )
  assert.equal(sent[0]?.timeout_ms, 29_900)
  for (const invoke of sent.slice(0, 2)) world.engine.answer(invoke, invoke.data)
  assert.deepEqual(await Promise.all(calls), [1, 2])
})

test('a call given up or late before it was sent is never sent', async () => {
  const world = new World()
  const controller = new AbortController()
  const aborted = world.client.trigger({ function_id: 'a::b', signal: controller.signal })
  const late = world.client.trigger({ function_id: 'a::b', timeoutMs: 50 })
  const codes = Promise.all([codeOf(aborted), codeOf(late)])
  controller.abort()
  await world.clock.advance(60)
  assert.deepEqual(await codes, ['cancelled', 'TIMEOUT'])
  await world.greet()
  const called = world.engine.all('invokefunction').map(({ function_id }) => function_id)
  assert.deepEqual(called, ['engine::workers::register'])
})

test('calls kept while the engine is away are bounded', async () => {
  const world = new World({ limits: { offlineCallsMax: 1 } })
  void codeOf(world.client.trigger({ function_id: 'a::b' }))
  await assert.rejects(world.client.trigger({ function_id: 'a::b' }), {
    code: 'overloaded',
    message: /offlineCallsMax/,
  })
  const action = TriggerAction.Void()
  assert.equal(await codeOf(world.client.trigger({ function_id: 'a::b', action })), 'overloaded')
})

test('calls in flight are bounded', async () => {
  const { client } = await World.connected({ limits: { callsMax: 1 } })
  void codeOf(client.trigger({ function_id: 'a::b' }))
  await assert.rejects(client.trigger({ function_id: 'a::b' }), {
    code: 'overloaded',
    message: /callsMax/,
  })
})

test('while the connection is jammed calls wait, and go on when it has drained', async () => {
  const world = await World.connected({ limits: { outboxHighBytes: 1000 } })
  const { client, engine } = world
  const ours = engine.socket.peer
  assert.ok(ours)
  ours.queuedBytes = 2000
  void codeOf(client.trigger({ function_id: 'a::first' }))
  void codeOf(client.trigger({ function_id: 'a::second' }))
  let accepted = false
  const action = TriggerAction.Void()
  client.trigger({ function_id: 'a::third', action }).then(() => {
    accepted = true
  })
  await settled()
  assert.deepEqual(
    engine.all('invokefunction').map(({ function_id }) => function_id),
    ['a::first'],
  )
  assert.equal(accepted, false)
  ours.drain()
  await settled()
  const called = engine.all('invokefunction').map(({ function_id }) => function_id)
  assert.deepEqual(called, ['a::first', 'a::second', 'a::third'])
  assert.equal(accepted, true)
})

test('payloads that are too large or no JSON are refused here', async () => {
  const { client, engine } = await World.connected({ limits: { messageBytesMax: 100 } })
  const large = client.trigger({ function_id: 'a::b', payload: 'é'.repeat(50) })
  assert.equal(await codeOf(large), 'payload_too_large')
  assert.equal(
    await codeOf(client.trigger({ function_id: 'a::b', payload: 1n })),
    'serialization_error',
  )
  assert.equal(await codeOf(client.trigger({ function_id: '' })), 'INVALID_ARGUMENTS')
  await settled()
  assert.deepEqual(engine.all('invokefunction'), [])
})

test("calls go to the worker's own namespace, but for those of the engine", async () => {
  const { client, engine } = await World.connected({ namespace: 'billing' })
  for (const [function_id, namespace] of [
    ['a::own', undefined],
    ['engine::functions::list', undefined],
    ['a::default', 'default'],
    ['a::other', 'shop'],
  ] as const) {
    void codeOf(client.trigger({ function_id, namespace }))
  }
  await settled()
  const of = (id: string) => engine.call(id).namespace
  assert.deepEqual(['a::own', 'engine::functions::list', 'a::default', 'a::other'].map(of), [
    'billing',
    undefined,
    undefined,
    'shop',
  ])
  const blank = client.trigger({ function_id: 'a::b', namespace: ' ' })
  assert.equal(await codeOf(blank), 'INVALID_NAMESPACE')
})

test('a result that cannot be read ends its call', async () => {
  const { client, engine } = await World.connected()
  const call = client.trigger({ function_id: 'a::b' })
  await settled()
  const { invocation_id } = engine.call('a::b')
  engine.raw(`{"type":"invocationresult","invocation_id":"${invocation_id}","result":[1,}`)
  assert.equal(await codeOf(call), 'deserialization_error')
})

test('results are understood however they are written', async () => {
  const { client, engine } = await World.connected()
  const head = (id: string) => `{"type":"invocationresult","invocation_id":"${id}"`
  const written: ((id: string) => string)[] = [
    (id) => `${head(id)},"function_id":"a::b","result":{"n":1}}`,
    // More fields behind the result, others before it, white space, a result that is no object.
    (id) => `${head(id)},"function_id":"a::b","result":{"n":1},"x":2}`,
    (id) => `{ "invocation_id":"${id}", "result":{"n":1}, "type":"invocationresult" }\n`,
    (id) => `${head(id)},"function_id":"a::b","result":{"n":1}}`,
  ]
  for (const text of written) {
    const result = client.trigger({ function_id: 'a::b' })
    await settled()
    engine.raw(text(String(engine.call('a::b').invocation_id)))
    assert.deepEqual(await result, { n: 1 })
  }
  // A damaged result ends its call, and results of nobody's calls end none.
  const damaged = client.trigger({ function_id: 'a::b' })
  await settled()
  const id = String(engine.call('a::b').invocation_id)
  engine.raw(written[0]?.(id.replace(/.$/, 'z')) ?? '')
  engine.raw(written[0]?.('00000000-0000-0000-0000-000000000001') ?? '')
  await settled()
  engine.raw(`${head(id)},"function_id":"a::b","result":{"n":}}`)
  assert.equal(await codeOf(damaged), 'deserialization_error')
})
