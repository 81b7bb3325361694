/** Connections: made, kept alive, broken, made again, ended. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Backoff } from '../src/connection/backoff.ts'
import { RegistrationRejectedError } from '../src/main.ts'
import { DialError } from '../src/transport/transport.ts'
import { FakeClock, settled } from './fake_clock.ts'
import { codeOf, World } from './fake_engine.ts'

test('pauses double up to the limit, jittered', () => {
  const low = new Backoff(100, 5000, () => 0)
  const high = new Backoff(100, 5000, () => 0.999)
  const four = (backoff: Backoff) => [1, 2, 3, 4].map(() => Math.round(backoff.next()))
  assert.deepEqual(
    [four(low), four(high)],
    [
      [50, 100, 200, 400],
      [150, 300, 600, 1199],
    ],
  )
  const late = Array.from({ length: 30 }, () => low.next())
  assert.ok(late.every((pause) => pause <= 5000) && late[29] === 2500)
  low.reset()
  assert.equal(low.next(), 50)
})

test('the worker says who it is, in the order of the protocol', async () => {
  const world = new World({ workerDescription: 'tests', namespace: 'billing' })
  world.client.registerFunction('a::b', async () => 1)
  world.client.registerTriggerType({ id: 'bell' }, { registerTrigger() {}, unregisterTrigger() {} })
  world.client.registerTrigger({ type: 'bell', function_id: 'a::b', config: {} })
  await world.greet()
  const { heard } = world.engine
  assert.deepEqual(
    heard.map(({ type }) => type),
    ['invokefunction', 'registertriggertype', 'registerfunction', 'registertrigger'],
  )
  const { data, action } = world.engine.call('engine::workers::register')
  const who = data as Record<string, unknown>
  assert.deepEqual(action, { type: 'void' })
  assert.deepEqual(
    [who.runtime, who.name, who.description, who.namespace, who.features, who.pid],
    ['node', 'test', 'tests', 'billing', ['iii-kit.v1'], process.pid],
  )
})

test('after a break everything is announced again and the old connection is named', async () => {
  const world = await World.connected()
  world.client.registerFunction('a::b', async () => 1)
  await settled()
  await world.reconnect()
  const [first] = world.engine.heard
  assert.deepEqual(first, {
    type: 'reattach',
    previous_worker_id: 'w-1',
    reattach_token: 'token-1',
  })
  assert.equal(world.engine.all('registerfunction').length, 1)
})

test('calls that were sent fail at once when the connection breaks', async () => {
  const world = await World.connected()
  const sent = codeOf(world.client.trigger({ function_id: 'a::b' }))
  await settled()
  world.engine.socket.terminate()
  assert.equal(await sent, 'connection_lost')
  const kept = world.client.trigger({ function_id: 'a::b' })
  await world.clock.advance(2000)
  await world.greet()
  world.engine.answer(world.engine.call('a::b'), 'later')
  assert.equal(await kept, 'later')
})

test('the first retry comes within 150 ms, and states are told', async () => {
  const world = new World()
  const states: string[] = []
  const stop = world.client.addConnectionStateListener((state) => states.push(state))
  assert.equal(world.client.getConnectionState(), 'connecting')
  await world.greet()
  await world.clock.advance(5000)
  world.engine.socket.terminate()
  await world.clock.advance(49)
  assert.equal(world.connections.length, 1)
  await world.clock.advance(101)
  assert.equal(world.connections.length, 2)
  await world.greet()
  assert.deepEqual(states, ['connected', 'reconnecting', 'connected'])
  stop()
  await world.client.shutdown()
  assert.deepEqual(states.length, 3)
})

test('a silent engine is pinged, and given up when it stays silent', async () => {
  const world = await World.connected()
  const ours = world.engine.socket.peer
  assert.ok(ours)
  await world.clock.advance(15_000)
  assert.equal(ours.pings, 0)
  await world.clock.advance(15_000)
  assert.equal(ours.pings, 1)
  world.engine.socket.answersPings = false
  await world.clock.advance(61_000)
  assert.ok(world.connections.length > 1)
  assert.ok(world.lines.some(({ data }) => JSON.stringify(data).includes('silent')))
})

test('an engine that does not greet is given up', async () => {
  const world = new World()
  await world.clock.advance(10_000)
  assert.equal(world.connections.length, 1)
  await world.clock.advance(200)
  assert.equal(world.connections.length, 2)
})

test('a refusal for good surfaces once, and ends everything that waits', async () => {
  const world = await World.connected()
  const call = codeOf(world.client.trigger({ function_id: 'a::b' }))
  const registration = codeOf(world.client.registerFunction('a::c', async () => 1))
  await settled()
  world.engine.say({
    type: 'registrationrejected',
    code: 'WORKER_NAMESPACE_CONFLICT',
    namespace: 'default',
    worker_name: 'test',
    owner_worker_id: '',
  })
  assert.deepEqual(await Promise.all([call, registration]), [
    'WORKER_NAMESPACE_CONFLICT',
    'WORKER_NAMESPACE_CONFLICT',
  ])
  assert.equal(world.client.getConnectionState(), 'failed')
  const fatal = world.client.getFatalError()
  assert.ok(fatal instanceof RegistrationRejectedError)
  assert.match(fatal.message, /worker `test` is taken in namespace `default`; choose another/)
  assert.equal(world.lines.filter(({ level }) => level === 'error').length, 1)
  await assert.rejects(world.client.trigger({ function_id: 'a::b' }), fatal)
  await world.clock.advance(10_000)
  assert.equal(world.connections.length, 1)
})

test('a token that is refused ends the client, an engine that is not there does not', async () => {
  const world = new World({}, new DialError('not there'))
  const other = new World({}, new DialError('401', { status: 401 }))
  await Promise.all([settled(), world.clock.advance(1000)])
  assert.equal(world.client.getConnectionState(), 'connecting')
  assert.equal(other.client.getConnectionState(), 'failed')
  assert.equal(other.client.getFatalError()?.code, 'AUTH_ERROR')
  assert.equal(await codeOf(other.client.connected()), 'AUTH_ERROR')
})

test('retries can be bounded', async () => {
  const options = { reconnectionConfig: { maxRetries: 2 } }
  const world = new World(options, new DialError('not there'))
  await world.clock.advance(10_000)
  assert.equal(world.client.getConnectionState(), 'failed')
  assert.equal(world.client.getFatalError()?.code, 'connection_lost')
})

test('the process stays alive for registrations and calls, and for nothing else', async () => {
  const world = await World.connected()
  const ours = world.engine.socket.peer
  assert.ok(ours)
  assert.equal(ours.keptAlive, false)
  const call = world.client.trigger({ function_id: 'a::b' })
  assert.equal(ours.keptAlive, true)
  await settled()
  world.engine.answer(world.engine.call('a::b'), 1)
  await call
  assert.equal(ours.keptAlive, false)
  const ref = world.client.registerFunction('a::c', async () => 1)
  assert.equal(ours.keptAlive, true)
  ref.unregister()
  assert.equal(ours.keptAlive, false)
})

test('shutting down lets handlers finish, takes no new calls and says goodbye', async () => {
  const world = await World.connected()
  let finish: ((value: string) => void) | undefined
  world.client.registerFunction('a::b', () => new Promise<string>((resolve) => (finish = resolve)))
  await settled()
  world.engine.invoke('i-1', 'a::b')
  await settled()
  const down = world.client.shutdown()
  await settled()
  world.engine.take('drain')
  world.engine.answer(world.engine.call('engine::triggers::info'), null)
  await settled()
  assert.equal(world.engine.over, false)
  finish?.('done')
  await down
  await settled()
  assert.equal(world.engine.take('invocationresult').result, 'done')
  assert.deepEqual([world.engine.over, world.engine.closed], [true, 1000])
  assert.equal(world.client.getConnectionState(), 'disconnected')
  assert.equal(await codeOf(world.client.trigger({ function_id: 'a::b' })), 'shutting_down')
  assert.throws(() => world.client.registerFunction('a::x', async () => 1), /shut down/)
  await world.client.shutdown()
})

test('a handler that never ends does not keep the client from ending', async () => {
  const world = await World.connected({ limits: { drainTimeoutMs: 100 } })
  world.client.registerFunction('a::b', () => new Promise(() => undefined))
  await settled()
  world.engine.invoke('i-1', 'a::b')
  await settled()
  const down = world.client.shutdown()
  await world.clock.advance(3000)
  await down
  assert.equal(world.engine.over, true)
})

test('timers of the fake clock run in their order', async () => {
  const clock = new FakeClock()
  const ran: number[] = []
  clock.after(20, () => ran.push(20))
  clock.after(10, () => ran.push(10))
  clock.after(15, () => ran.push(15)).cancel()
  await clock.advance(30)
  assert.deepEqual(ran, [10, 20])
})
