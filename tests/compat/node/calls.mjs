// Functions: registered, called, failing, listed.

import { TriggerAction } from 'iii-sdk'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { check, eventually, expect, Inbox } from './checks.mjs'
import { failure, listed, serve } from './functions.mjs'

// Of the package that these programs run on.
const folder = process.env.III_COMPAT_PACKAGE
const version = folder ? JSON.parse(readFileSync(`${folder}/package.json`)).version : '0.22.1'

const values = [
  null, true, 0, -1, 1.5, 2 ** 53, '', 'größe 東京 \u{1f600} "\\\n', [], {}, [null, [1]],
  { z: 1, a: { null: null }, '': 'empty key' },
]

check('sync_function', async (world) => {
  await serve(world, 'js::sync', (data) => ({ got: data }))
  expect(await world.call('js::sync', { n: 1 }), { got: { n: 1 } })
})

check('async_function', async (world) => {
  await serve(world, 'js::async', async (data) => {
    await sleep(10)
    return { got: data }
  })
  expect(await world.call('js::async', [1, 2]), { got: [1, 2] })
})

check('self_call', async (world) => {
  expect(await world.provider.trigger({ function_id: 'js::sync', payload: 'me' }), { got: 'me' })
})

check('nested_call', async (world) => {
  const inner = (data) => world.provider.trigger({ function_id: 'js::sync', payload: data })
  await serve(world, 'js::outer', inner)
  expect(await world.call('js::outer', 5), { got: 5 })
})

check('every_kind_of_value', async (world) => {
  await serve(world, 'js::echo', async (data) => data)
  for (const value of values) expect(await world.call('js::echo', value), value)
})

check('undefined_stays_undefined', async (world) => {
  await serve(world, 'js::kind', async (data) => typeof data)
  expect(await world.call('js::kind', undefined, { timeoutMs: 5000 }), 'undefined')
  await serve(world, 'js::nothing', async () => undefined)
  expect(await world.call('js::nothing', {}), undefined)
})

check('nothing_caller_sent_is_changed', async (world) => {
  await serve(world, 'js::keys', async (data) => Object.keys(data))
  expect(await world.call('js::keys', { b: 1, a: 2, c: 3 }), ['b', 'a', 'c'])
})

check('handler_error', async (world) => {
  await serve(world, 'js::fails', async () => {
    throw new RangeError('no such order')
  })
  const error = await failure(world, 'js::fails', {})
  expect([error.code, error.function_id], ['invocation_failed', 'js::fails'])
  if (!error.message.includes('no such order')) throw error
  if (!error.stacktrace?.includes('RangeError')) throw new Error(`stack: ${error.stacktrace}`)
})

check('unknown_function', async (world) => {
  const error = await failure(world, 'js::nobody', {})
  expect(error.code, 'function_not_found')
})

check('void_call', async (world) => {
  const inbox = new Inbox()
  await serve(world, 'js::void', async (data) => inbox.put(data))
  expect(await world.call('js::void', { n: 1 }, { action: TriggerAction.Void() }), undefined)
  expect(await inbox.take(), { n: 1 })
})

check('call_metadata', async (world) => {
  const both = async (data, metadata) => ({ data, metadata: metadata ?? 'none' })
  await serve(world, 'js::metadata', both)
  const answer = await world.call('js::metadata', 1, { metadata: { tenant: 'a' } })
  expect(answer, { data: 1, metadata: { tenant: 'a' } })
  expect(await world.call('js::metadata', 1), { data: 1, metadata: 'none' })
})

check('own_timeout', async (world) => {
  await serve(world, 'js::slow', () => sleep(2000))
  const error = await failure(world, 'js::slow', {}, { timeoutMs: 200 })
  expect(error.code, 'TIMEOUT')
})

check('enqueue_without_a_queue', async (world) => {
  const action = TriggerAction.Enqueue({ queue: 'default' })
  const error = await failure(world, 'js::echo', 1, { action })
  expect(error.code, 'enqueue_error')
})

check('unregister_function', async (world) => {
  const reference = await serve(world, 'js::gone', async () => 1)
  reference.unregister()
  await eventually('js::gone leaves', async () => !(await listed(world, 'js::gone')))
  expect((await failure(world, 'js::gone', {})).code, 'function_not_found')
})

check('many_calls_in_flight', async (world) => {
  const numbers = Array.from({ length: 500 }, (_, n) => n)
  expect(await Promise.all(numbers.map((n) => world.call('js::echo', n))), numbers)
})

check('discovery', async (world) => {
  await serve(world, 'js::described', async (data) => data, {
    description: 'says what it was told',
    metadata: { team: 'shop' },
    request_format: { type: 'object' },
  })
  const found = await listed(world, 'js::described')
  expect(
    [found.worker_name, found.description, found.metadata],
    ['js-provider', 'says what it was told', { team: 'shop' }],
  )
  const info = await world.call('engine::functions::info', { function_id: 'js::described' })
  expect(info.request_schema, { type: 'object' })
  const missing = await failure(world, 'engine::functions::info', { function_id: 'no' })
  expect(missing.code, 'NOT_FOUND')
  const { workers } = await world.call('engine::workers::list', {})
  const mine = workers.find((w) => w.name === 'js-provider')
  expect([mine.runtime, mine.version, mine.status], ['node', version, 'connected'])
})
