// Spans travel with calls.

import { currentTraceId, Logger, withSpan } from '@iii-dev/helpers/observability'
import { check, expect } from './checks.mjs'
import { serve } from './functions.mjs'

check('one_trace', async (world) => {
  await serve(world, 'js::trace', async () => {
    new Logger().info('inside', { n: 1 })
    return currentTraceId()
  })
  const [here, there] = await withSpan('compat', {}, async () => [
    currentTraceId(),
    await world.call('js::trace', {}),
  ])
  if (!here) throw new Error('no trace is active')
  expect(there, here)
})
