/** Functions and triggers, from a registration to its acknowledgement. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RegistrationError } from '../src/main.ts'
import { settled } from './fake_clock.ts'
import { codeOf, World } from './fake_engine.ts'

test('a registration can be awaited, and used before', async () => {
  const { client, engine } = await World.connected()
  const registration = client.registerFunction('a::b', async () => 1, {
    description: 'one',
    request_format: { type: 'object' },
    metadata: { team: 'shop' },
    timeout_ms: 500,
    exclusive: true,
  })
  assert.equal(registration.id, 'a::b')
  await settled()
  assert.deepEqual(engine.take('registerfunction'), {
    type: 'registerfunction',
    id: 'a::b',
    description: 'one',
    request_format: { type: 'object' },
    metadata: { team: 'shop' },
    timeout_ms: 500,
    exclusive: true,
  })
  let done = false
  const awaited = registration.then((ref) => {
    done = true
    return ref
  })
  await settled()
  assert.equal(done, false)
  engine.say({ type: 'functionregistered', id: 'a::b', namespace: 'default' })
  const ref = await awaited
  ref.unregister()
  await settled()
  assert.equal(engine.take('unregisterfunction').id, 'a::b')
})

test('an engine that acknowledges nothing is not waited for', async () => {
  const world = new World()
  await settled()
  world.engine.greet([])
  await settled()
  await world.client.registerFunction('a::b', async () => 1)
  await world.client.registerTrigger({ type: 't', function_id: 'a::b' })
})

test('unusable and repeated ids throw at once', async () => {
  const { client } = await World.connected()
  assert.throws(() => client.registerFunction(' ', async () => 1), RegistrationError)
  assert.throws(() => client.registerTrigger({ type: '', function_id: 'a::b' }), RegistrationError)
  const unusable = { code: 'INVALID_ARGUMENTS' }
  for (const id of ['x'.repeat(1025), 'é'.repeat(513), 'half \ud800']) {
    assert.throws(() => client.registerFunction(id, async () => 1), unusable)
    assert.throws(() => client.registerTrigger({ type: 't', function_id: id }), unusable)
  }
  const description = 'x'.repeat(65_537)
  const described = () => client.registerFunction('a::c', async () => 1, { description })
  assert.throws(described, unusable)
  client.registerFunction('x'.repeat(1024), async () => 1)
  client.registerFunction('a::b', async () => 1)
  assert.throws(() => client.registerFunction('a::b', async () => 2), /already/)
})

test('a refused function is gone, and can be registered again', async () => {
  const { client, engine, lines } = await World.connected()
  const refused = codeOf(client.registerFunction('a::b', async () => 1))
  await settled()
  const conflict = {
    type: 'registrationrejected',
    code: 'FUNCTION_NAMESPACE_CONFLICT',
    namespace: 'default',
    function_id: 'a::b',
    owner_worker_id: 'w',
  } as const
  engine.say(conflict)
  assert.equal(await refused, 'FUNCTION_NAMESPACE_CONFLICT')
  assert.equal(lines.length, 0)
  client.registerFunction('a::b', async () => 1)
  await settled()
  engine.say(conflict)
  await settled()
  // Nobody awaits it this time, so it is logged.
  assert.match(String(lines[0]?.message), /`a::b` is taken/)
})

test('a function refused after a reconnect is kept for the next one', async () => {
  const world = await World.connected()
  const registered = world.client.registerFunction('a::b', async () => 1)
  await settled()
  world.engine.say({ type: 'functionregistered', id: 'a::b', namespace: 'default' })
  await registered
  await world.reconnect()
  world.engine.say({
    type: 'registrationrejected',
    code: 'FUNCTION_NAMESPACE_CONFLICT',
    namespace: 'default',
    function_id: 'a::b',
    owner_worker_id: 'w',
  })
  await settled()
  assert.equal(world.client.getConnectionState(), 'connected')
  await world.reconnect()
  assert.equal(world.engine.all('registerfunction').length, 1)
})

test('an acknowledgement is waited for on live connections only, and not for ever', async () => {
  const world = await World.connected()
  const late = codeOf(world.client.registerFunction('a::b', async () => 1))
  await world.clock.advance(9000)
  await world.reconnect()
  await world.clock.advance(9000)
  assert.equal(world.engine.all('unregisterfunction').length, 0)
  await world.clock.advance(1001)
  assert.equal(await late, 'TIMEOUT')
  assert.equal(world.engine.all('unregisterfunction').length, 1)
})

test('a trigger is acknowledged by its provider, or refused', async () => {
  const { client, engine } = await World.connected({ namespace: 'billing' })
  const trigger = { type: 'bell', function_id: 'a::b', config: { volume: 3 }, metadata: { t: 1 } }
  const accepted = client.registerTrigger(trigger)
  const refused = client.registerTrigger(trigger)
  const failure = assert.rejects(Promise.resolve(refused), (error: RegistrationError) => {
    assert.deepEqual([error.code, error.id], ['trigger_registration_failed', 'a::b'])
    return /too loud/.test(error.message)
  })
  await settled()
  const [one, other] = engine.all('registertrigger')
  assert.ok(one && other)
  assert.deepEqual(
    [one.trigger_type, one.function_id, one.config, one.metadata, one.namespace],
    ['bell', 'a::b', { volume: 3 }, { t: 1 }, 'billing'],
  )
  engine.say({ type: 'triggerregistrationresult', id: one.id, trigger_type: 'bell' })
  const error = { code: 'trigger_registration_failed', message: 'too loud' }
  engine.say({ type: 'triggerregistrationresult', id: other.id, trigger_type: 'bell', error })
  const ref = await accepted
  await failure
  await settled()
  assert.equal(engine.take('unregistertrigger').id, other.id)
  ref.unregister()
  await settled()
  assert.deepEqual(engine.take('unregistertrigger'), {
    type: 'unregistertrigger',
    id: one.id,
    trigger_type: 'bell',
  })
})

test('a provider that takes its time does not fail a trigger', async () => {
  const world = await World.connected()
  const trigger = world.client.registerTrigger({ type: 'slow', function_id: 'a::b' })
  await world.clock.advance(10_000)
  await trigger
  assert.match(String(world.lines[0]?.message), /provider of `slow`/)
})

test('a function behind a URL is announced, and cannot be called here', async () => {
  const { client, engine } = await World.connected()
  client.registerFunction('a::far', { url: 'https://example.com/f', method: 'POST' })
  await settled()
  const { invocation } = engine.take('registerfunction')
  assert.deepEqual(invocation, { url: 'https://example.com/f', method: 'POST' })
  engine.invoke('i-1', 'a::far')
  await settled()
  const { error } = engine.take('invocationresult')
  assert.equal((error as { code: string }).code, 'function_not_invokable')
})

test('registrations are bounded', async () => {
  const { client } = await World.connected({ limits: { registrationsMax: 1 } })
  client.registerFunction('a::b', async () => 1)
  assert.throws(() => client.registerFunction('a::c', async () => 1), /registrationsMax/)
})
