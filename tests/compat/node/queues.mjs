// Calls by way of a queue: receipts, attempts, dead messages, order.

import { TriggerAction } from 'iii-sdk'
import { check, eventually, expect, Inbox } from './checks.mjs'
import { collector, failure, serve } from './functions.mjs'

/** Puts a call on a queue; the id of its receipt. */
async function enqueue({ call }, queue, functionId, data) {
  const receipt = await call(functionId, data, { action: TriggerAction.Enqueue({ queue }) })
  expect([Object.keys(receipt), typeof receipt.messageReceiptId], [['messageReceiptId'], 'string'])
  return receipt.messageReceiptId
}

/** The dead messages of a queue, as soon as there are so many. */
function dead({ call }, queue, count) {
  return eventually(`${count} dead in ${queue}`, async () => {
    const messages = await call('engine::queue::dlq_messages', { queue })
    return messages.length === count && messages
  })
}

/** A function that fails until it is told to be well. */
async function sick(world, functionId) {
  const patient = { well: false, done: new Inbox() }
  await serve(world, functionId, async (data) => {
    if (!patient.well) throw new Error(`${data.n} is bad`)
    patient.done.put(data)
  })
  return patient
}

check('enqueue_action', async (world) => {
  const handled = await collector(world, 'js::charge')
  const ids = []
  for (const n of [1, 2]) ids.push(await enqueue(world, 'orders', 'js::charge', { n }))
  expect(new Set(ids).size, 2)
  for (const n of [1, 2]) expect(await handled.take((data) => data.n === n), { n })
})

check('enqueue_function', async (world) => {
  const handled = await collector(world, 'js::charge_by_call')
  const message = { queue: 'default', function_id: 'js::charge_by_call', data: [1, null] }
  const receipt = await world.call('engine::queue::enqueue', message)
  expect(typeof receipt.messageReceiptId, 'string')
  expect(await handled.take(), [1, null])
})

check('enqueue_before_the_function_exists', async (world) => {
  await enqueue(world, 'orders', 'js::later', { early: true })
  const handled = await collector(world, 'js::later')
  expect(await handled.take(), { early: true })
})

check('unknown_queue', async (world) => {
  const action = TriggerAction.Enqueue({ queue: 'order' })
  const error = await failure(world, 'js::charge', 1, { action })
  expect([error.code, error.message.includes('`order`')], ['queue_not_found', true])
})

check('attempts', async (world) => {
  const attempts = new Inbox()
  const done = new Inbox()
  await serve(world, 'js::third_time', async (data) => {
    attempts.put(data)
    if (attempts.items.length < 3) throw new Error('not yet')
    done.put(data)
  })
  await enqueue(world, 'orders', 'js::third_time', { n: 7 })
  expect(await done.take(), { n: 7 })
  expect(attempts.items, [{ n: 7 }, { n: 7 }, { n: 7 }])
})

check('dead_messages_and_redrive', async (world) => {
  const patient = await sick(world, 'js::sick')
  const id = await enqueue(world, 'fragile', 'js::sick', { n: 1 })
  const [message] = await dead(world, 'fragile', 1)
  expect(Object.keys(message).sort(),
    ['error', 'failed_at', 'id', 'payload', 'retries', 'size_bytes'])
  expect([message.id, message.payload, message.retries], [id, { n: 1 }, 1])
  if (!message.error.includes('1 is bad')) throw new Error(message.error)
  expect(await world.call('engine::queue::dlq_topics', {}),
    [{ topic: 'fragile', broker_type: 'builtin', message_count: 1 }])
  const stats = await world.call('engine::queue::topic_stats', { queue: 'fragile' })
  expect([stats.depth, stats.dlq_depth, stats.config.max_retries], [0, 1, 1])
  patient.well = true
  expect(await world.call('iii::queue::redrive', { queue: 'fragile' }),
    { queue: 'fragile', redriven: 1 })
  expect(await patient.done.take(), { n: 1 })
  await dead(world, 'fragile', 0)
})

check('one_dead_message', async (world) => {
  const patient = await sick(world, 'js::sicker')
  const [first, second] = [
    await enqueue(world, 'fragile', 'js::sicker', { n: 1 }),
    await enqueue(world, 'fragile', 'js::sicker', { n: 2 }),
  ]
  await dead(world, 'fragile', 2)
  const page = { queue: 'fragile', offset: 1, limit: 1 }
  const [message] = await world.call('engine::queue::dlq_messages', page)
  expect(message.id, second)
  patient.well = true
  const one = (message_id) => ({ queue: 'fragile', message_id })
  expect(await world.call('iii::queue::redrive_message', one(second)),
    { queue: 'fragile', message_id: second, redriven: 1 })
  expect(await patient.done.take(), { n: 2 })
  expect(await world.call('iii::queue::discard_message', one(first)),
    { queue: 'fragile', message_id: first, redriven: 1 })
  await dead(world, 'fragile', 0)
  const error = await failure(world, 'iii::queue::redrive_message', one(first))
  expect(error.code, 'message_not_found')
})

check('what_is_missing_is_named', async (world) => {
  const code = async (functionId, input) => (await failure(world, functionId, input)).code
  expect(await code('iii::durable::publish', { data: 1 }), 'topic_not_set')
  expect(await code('iii::queue::redrive', {}), 'queue_not_set')
  expect(await code('iii::queue::redrive_message', { queue: 'orders' }), 'message_id_not_set')
  expect(await code('iii::queue::discard_message', { message_id: 'x' }), 'queue_not_set')
  expect(await code('engine::queue::topic_stats', {}), 'topic_required')
  expect(await code('engine::queue::dlq_messages', {}), 'topic_required')
})

check('fifo_order', async (world) => {
  const [accounts, each] = [['a', 'b', 'c'], 12]
  const stumbled = new Set()
  const done = new Inbox()
  await serve(world, 'js::book', async (data) => {
    const name = `${data.account}${data.n}`
    // Every third message fails once: what comes after it in its group has to wait.
    if (data.n % 3 === 0 && !stumbled.has(name)) {
      stumbled.add(name)
      throw new Error('busy')
    }
    done.put(data)
  })
  for (let n = 0; n < each; n++) {
    for (const account of accounts) await enqueue(world, 'ledger', 'js::book', { account, n })
  }
  const all = accounts.length * each
  await eventually('everything is booked', async () => done.items.length >= all)
  const order = (account) => done.items.filter((it) => it.account === account).map((it) => it.n)
  for (const account of accounts) expect(order(account), [...Array(each).keys()])
})
