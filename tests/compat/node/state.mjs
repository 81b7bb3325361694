// The functions of `state`, and the trigger of what changes there.

import { check, eventually, expect } from './checks.mjs'
import { collector, failure, serve } from './functions.mjs'

check('state_functions', async (world) => {
  const at = (key) => ({ scope: 'js-orders', key })
  const { call } = world
  const set = await call('state::set', { ...at('a'), value: { n: 1 } })
  expect([set.old_value ?? null, set.new_value], [null, { n: 1 }])
  // An older name of the field.
  expect((await call('state::set', { ...at('b'), data: [2] })).new_value, [2])
  expect(await call('state::get', at('a')), { n: 1 })
  expect((await call('state::get', at('none'))) ?? null, null)
  const values = await call('state::list', { scope: 'js-orders' })
  expect(values.sort((x, y) => Array.isArray(x) - Array.isArray(y)), [{ n: 1 }, [2]])
  const { groups } = await call('state::list_groups', {})
  expect(groups.includes('js-orders'), true)
  expect(await call('state::delete', at('b')), [2])
  expect((await call('state::delete', at('b'))) ?? null, null)
})

check('state_update', async (world) => {
  const at = { scope: 'js-counters', key: 'a' }
  const update = (ops) => world.call('state::update', { ...at, ops })
  const made = await update([
    { type: 'set', path: 'name', value: 'x' },
    { type: 'increment', path: 'n', by: 5 },
    { type: 'decrement', path: 'n', by: 2 },
    { type: 'append', path: 'list', value: 7 },
    { type: 'append', path: 'text', value: 'as it is' },
    { type: 'append', path: 'text', value: ', longer' },
    { type: 'merge', path: ['more', 'deep'], value: { here: true } },
    { type: 'merge', value: { top: 1 } },
  ])
  const more = { deep: { here: true } }
  const wanted = { name: 'x', n: 3, list: [7], text: 'as it is, longer', more, top: 1 }
  expect([made.old_value ?? null, made.new_value, made.errors ?? []], [null, wanted, []])
  const partly = await update([
    { type: 'increment', path: 'name', by: 1 },
    { type: 'remove', path: 'top' },
  ])
  expect(partly.errors.map(({ op_index, code }) => [op_index, code]),
    [[0, 'increment.not_number']])
  expect('top' in partly.new_value, false)
})

check('state_errors', async (world) => {
  const error = await failure(world, 'state::set', { key: 'a', value: 1 })
  if (!error.message.includes('scope')) throw error
})

check('state_changes', async (world) => {
  const at = { scope: 'js-watched', key: 'a' }
  await serve(world, 'js::is_not_secret', async (event) => event.new_value !== 'secret')
  const changes = await collector(world, 'js::on_change')
  const config = { ...at, condition_function_id: 'js::is_not_secret' }
  world.provider.registerTrigger({ type: 'state', function_id: 'js::on_change', config })
  const probe = async () => {
    // Whether the trigger is bound cannot be asked, so the value changes until that is seen.
    await world.call('state::delete', at)
    await world.call('state::set', { ...at, value: 'probe' })
    return changes.items.length > 0
  }
  await eventually('a change is seen', probe)
  await world.call('state::set', { ...at, value: 1 })
  await changes.take((event) => event.new_value === 1)
  // Nothing of before can come any more: the events of a key come in order.
  changes.items.length = 0
  await world.call('state::set', { ...at, value: 'secret' })
  await world.call('state::set', { ...at, key: 'b', value: 2 })
  await world.call('state::update', { ...at, ops: [{ type: 'set', path: '', value: 3 }] })
  await world.call('state::delete', at)
  const seen = [await changes.take(), await changes.take()]
  expect(seen.map((event) => [event.type, event.event_type, event.scope, event.key]), [
    ['state', 'state:updated', 'js-watched', 'a'],
    ['state', 'state:deleted', 'js-watched', 'a'],
  ])
  expect(seen.map((event) => [event.old_value, event.new_value ?? null]),
    [['secret', 3], [3, null]])
})
