// The engine goes away and comes back: everything is announced again.

import { once } from 'node:events'
import { check, eventually, expect, say } from './checks.mjs'

check('calls_after_a_restart', async (world) => {
  say({ request: 'restart' })
  const [answer] = await once(process.stdin, 'data')
  expect(answer.toString().trim(), 'restarted')
  const again = () => world.call('js::echo', 'again', { timeoutMs: 1000 })
  expect(await eventually('the function is back', again), 'again')
})

check('triggers_after_a_restart', async (world) => {
  const back = async () => (await fetch(`${world.httpUrl}/js/text`)).status === 200
  await eventually('the route is back', back)
})
