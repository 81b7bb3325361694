// The engine is killed: what it acknowledged is still there.

import { TriggerAction } from 'iii-sdk'
import { once } from 'node:events'
import { check, eventually, expect, say } from './checks.mjs'
import { collector } from './functions.mjs'

check('acknowledged_work_survives_a_crash', async (world) => {
  const action = TriggerAction.Enqueue({ queue: 'orders' })
  await world.call('js::after_crash', { n: 1 }, { action })
  await world.call('iii::durable::publish', { topic: 'js.after_crash', data: { n: 2 } })
  await world.call('state::set', { scope: 'js-crash', key: 'a', value: { n: 3 } })
  say({ request: 'restart' })
  const [answer] = await once(process.stdin, 'data')
  expect(answer.toString().trim(), 'restarted')
  const get = () => world.call('state::get', { scope: 'js-crash', key: 'a' }, { timeoutMs: 1000 })
  expect(await eventually('the engine is back', get), { n: 3 })
  const handled = await collector(world, 'js::after_crash')
  const config = { topic: 'js.after_crash' }
  const trigger = { type: 'durable:subscriber', function_id: 'js::after_crash', config }
  world.provider.registerTrigger(trigger)
  expect(await handled.take((data) => data.n === 1), { n: 1 })
  expect(await handled.take((data) => data.n === 2), { n: 2 })
})
