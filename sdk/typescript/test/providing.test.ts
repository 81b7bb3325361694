/** Trigger types this worker provides. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { BoundTrigger } from '../src/main.ts'
import { settled } from './fake_clock.ts'
import { codeOf, World } from './fake_engine.ts'

interface Bell {
  world: World
  bound: BoundTrigger[]
  released: string[]
}

async function bell(refuse?: (trigger: BoundTrigger) => void): Promise<Bell> {
  const world = await World.connected()
  const bound: BoundTrigger[] = []
  const released: string[] = []
  const registered = world.client.registerTriggerType(
    { id: 'bell', description: 'rings', trigger_request_format: { type: 'object' } },
    {
      async registerTrigger(trigger) {
        await settled()
        refuse?.(trigger)
        bound.push(trigger)
      },
      unregisterTrigger: (trigger) => void released.push(trigger.id),
    },
  )
  await settled()
  assert.deepEqual(world.engine.take('registertriggertype'), {
    type: 'registertriggertype',
    id: 'bell',
    description: 'rings',
    trigger_request_format: { type: 'object' },
  })
  world.engine.say({ type: 'triggertyperegistered', id: 'bell', namespace: 'default' })
  await registered
  return { world, bound, released }
}

const wanted = (id: string, config: unknown = {}) =>
  ({
    type: 'registertrigger',
    id,
    trigger_type: 'bell',
    function_id: 'a::on_ring',
    config,
    metadata: { tenant: 'a' },
    namespace: 'shop',
  }) as const

async function bindOne(config?: unknown) {
  const made = await bell()
  made.world.engine.say(wanted('t-1', config))
  await settled()
  await settled()
  const answer = made.world.engine.take('triggerregistrationresult')
  assert.deepEqual([answer.id, answer.error], ['t-1', undefined])
  const [trigger] = made.bound
  assert.ok(trigger)
  return { ...made, trigger }
}

test('triggers are bound, answered and released', async () => {
  const { world, trigger, released } = await bindOne({ volume: 3 })
  assert.deepEqual(
    [trigger.function_id, trigger.config, trigger.metadata, trigger.namespace],
    ['a::on_ring', { volume: 3 }, { tenant: 'a' }, 'shop'],
  )
  world.engine.say({ type: 'unregistertrigger', id: 't-1', trigger_type: 'bell' })
  await settled()
  assert.deepEqual(released, ['t-1'])
})

test('what a provider throws refuses the trigger', async () => {
  const { world } = await bell(() => {
    throw new Error('too loud')
  })
  world.engine.say(wanted('t-1'))
  await settled()
  await settled()
  const error = { code: 'trigger_registration_failed', message: 'too loud' }
  assert.deepEqual(world.engine.take('triggerregistrationresult').error, error)
})

test('triggers of other types, and conditions that can be none, are refused', async () => {
  const { world } = await bell()
  world.engine.say({ ...wanted('t-1'), trigger_type: 'whistle' })
  world.engine.say(wanted('t-2', { condition_function_id: 7 }))
  await settled()
  const codes = [1, 2].map(() => world.engine.take('triggerregistrationresult').error)
  assert.deepEqual(
    codes.map((error) => (error as { code: string }).code),
    ['trigger_type_not_found', 'INVALID_ARGUMENTS'],
  )
})

test('firing calls the function with namespace and metadata of the trigger', async () => {
  const { world, trigger } = await bindOne()
  const fired = trigger.fire({ ding: 1 }, { timeoutMs: 500 })
  await settled()
  const call = world.engine.call('a::on_ring')
  assert.deepEqual(
    [call.data, call.metadata, call.namespace, call.timeout_ms],
    [{ ding: 1 }, { tenant: 'a' }, 'shop', 500],
  )
  world.engine.answer(call, 'heard')
  assert.deepEqual(await fired, { blocked: false, result: 'heard' })
  assert.equal(await trigger.fireVoid({ ding: 2 }), true)
  await settled()
  assert.deepEqual(world.engine.call('a::on_ring').action, { type: 'void' })
})

test('only the literal false of a condition blocks; an error means not run', async () => {
  const { world, trigger } = await bindOne({ condition_function_id: 'a::allowed' })
  for (const [verdict, blocked] of [
    [false, true],
    [null, false],
    [0, false],
    [undefined, false],
  ] as const) {
    const fired = trigger.fire(1)
    await settled()
    world.engine.answer(world.engine.call('a::allowed'), verdict)
    await settled()
    if (!blocked) world.engine.answer(world.engine.call('a::on_ring'), null)
    assert.equal((await fired).blocked, blocked)
  }
  const failed = codeOf(trigger.fire(1))
  await settled()
  const invocation_id = String(world.engine.call('a::allowed').invocation_id)
  const error = { code: 'broken', message: 'm' }
  world.engine.say({ type: 'invocationresult', invocation_id, error })
  assert.equal(await failed, 'broken')
  assert.equal(world.engine.all('invokefunction').length, 0)
})

test('after a reconnect triggers are let go and come anew', async () => {
  const { world, bound, released } = await bindOne()
  await world.reconnect()
  assert.deepEqual(released, ['t-1'])
  assert.equal(world.engine.all('registertriggertype').length, 1)
  world.engine.say(wanted('t-2'))
  await settled()
  await settled()
  assert.deepEqual(
    bound.map(({ id }) => id),
    ['t-1', 't-2'],
  )
})

test('a provider works on one trigger after the other', async () => {
  let running = 0
  let most = 0
  const world = await World.connected()
  world.client.registerTriggerType(
    { id: 'bell' },
    {
      async registerTrigger() {
        running += 1
        most = Math.max(most, running)
        await settled()
        running -= 1
      },
      unregisterTrigger() {},
    },
  )
  await settled()
  for (const id of ['t-1', 't-2', 't-3']) world.engine.say(wanted(id))
  for (let turn = 0; turn < 4; turn++) await settled()
  assert.equal(world.engine.all('triggerregistrationresult').length, 3)
  assert.equal(most, 1)
})

test('a trigger type taken back lets its triggers go', async () => {
  const { world, released } = await bindOne()
  world.client.unregisterTriggerType({ id: 'bell' })
  await settled()
  assert.equal(world.engine.take('unregistertriggertype').id, 'bell')
  assert.deepEqual(released, ['t-1'])
})
