// Trigger types of one's own, and those of the engine and of first-party workers.

import { registerWorker } from 'iii-sdk'
import { check, eventually, expect, Inbox } from './checks.mjs'
import { serve } from './functions.mjs'

async function typeListed({ call }, id) {
  const { triggers } = await call('engine::triggers::list', {})
  return triggers.some((t) => t.id === id)
}

async function triggerListed({ call }, functionId) {
  const listing = await call('engine::registered-triggers::list', {})
  return listing.registered_triggers.some((t) => t.function_id === functionId)
}

/** A trigger type that rings when the test says so, and refuses `{refuse: true}`. */
async function registerType(world, id) {
  const bell = { bound: new Inbox(), released: new Inbox() }
  bell.type = world.provider.registerTriggerType(
    { id, description: 'a bell' },
    {
      async registerTrigger(config) {
        if (config.config?.refuse) throw new Error('this bell does not like the configuration')
        bell.bound.put(config)
      },
      async unregisterTrigger(config) {
        bell.released.put(config.id)
      },
    },
  )
  await eventually(id, () => typeListed(world, id))
  return bell
}

check('custom_trigger_type', async (world) => {
  const rung = new Inbox()
  const bell = await registerType(world, 'js-bell')
  world.caller.registerFunction('js::on_ring', async (data, metadata) => {
    rung.put([data, metadata])
    return 'heard'
  })
  const trigger = world.caller.registerTrigger({
    type: 'js-bell',
    function_id: 'js::on_ring',
    config: { volume: 3, null: null },
    metadata: { tenant: 'a' },
  })
  const bound = await bell.bound.take()
  expect([bound.function_id, bound.config, bound.metadata],
    ['js::on_ring', { volume: 3, null: null }, { tenant: 'a' }])
  const fire = { function_id: bound.function_id, payload: { ding: 1 }, metadata: bound.metadata }
  expect(await world.provider.trigger(fire), 'heard')
  expect(await rung.take(), [{ ding: 1 }, { tenant: 'a' }])
  trigger.unregister()
  expect(await bell.released.take(), bound.id)
})

check('provider_refuses', async (world) => {
  const bell = await registerType(world, 'js-picky')
  const refused = { type: 'js-picky', function_id: 'js::echo', config: { refuse: true } }
  world.caller.registerTrigger(refused)
  // The refusal is only logged by this client; the connection and later triggers must live.
  world.caller.registerTrigger({ ...refused, config: { refuse: false } })
  expect((await bell.bound.take()).config, { refuse: false })
})

check('trigger_before_its_type', async (world) => {
  world.caller.registerTrigger({ type: 'js-late', function_id: 'js::echo', config: null })
  const bell = await registerType(world, 'js-late')
  expect((await bell.bound.take()).config, null)
})

check('trigger_type_unregistered', async (world) => {
  const bell = await registerType(world, 'js-short-lived')
  bell.type.unregister()
  await eventually('it leaves', async () => !(await typeListed(world, 'js-short-lived')))
})

check('functions_available', async (world) => {
  const seen = new Inbox()
  await serve(world, 'js::on_functions', async (event) => seen.put(event))
  world.provider.registerTrigger({
    type: 'engine::functions-available',
    function_id: 'js::on_functions',
    config: {},
  })
  await eventually('the trigger', () => triggerListed(world, 'js::on_functions'))
  world.provider.registerFunction('js::brand_new', async () => 1)
  const event = await seen.take((e) => e.functions.some((f) => f.function_id === 'js::brand_new'))
  expect(event.event, 'functions_changed')
})

check('replicas', async (world) => {
  // Two connections of one name are replicas: when one leaves, the other answers.
  const options = { workerName: 'js-twin', otel: { enabled: false } }
  const replica = () => registerWorker(world.url, options)
  const twins = [replica(), replica()]
  twins.forEach((twin, n) => twin.registerFunction('js::twin', async () => n))
  const answers = new Set()
  await eventually('both answer', async () => {
    answers.add(await world.call('js::twin', {}))
    return answers.size === 2
  })
  // Its shutdown would end telemetry for the whole process, so that comes last in the program.
  world.leftovers.push(...twins)
})

check('state_worker', async (world) => {
  const changes = new Inbox()
  await serve(world, 'js::on_state', async (event) => changes.put(event))
  const config = { scope: 'js' }
  world.provider.registerTrigger({ type: 'state', function_id: 'js::on_state', config })
  const where = { scope: 'js', key: 'a' }
  let n = 0
  await eventually('a change is seen', async () => {
    // Whether the trigger is bound cannot be asked, so the value changes until that is seen.
    await world.call('state::set', { ...where, value: { n: ++n } })
    return changes.items.length > 0
  })
  const event = await changes.take()
  expect([event.type, event.scope, event.key], ['state', 'js', 'a'])
  expect(await world.call('state::get', where), { n })
  expect(await world.call('state::get', { ...where, key: 'missing' }), undefined)
  const answer = await world.call('state::set', { ...where, value: 2 })
  expect([answer.old_value, answer.new_value], [{ n }, 2])
  const update = await changes.take((e) => e.new_value === 2)
  expect([update.event_type, update.old_value], ['state:updated', { n }])
  expect(await world.call('state::delete', where), 2)
})
