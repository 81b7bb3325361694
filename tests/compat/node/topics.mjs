// Topics: the trigger types `durable:subscriber` and `queue`.

import { check, eventually, expect } from './checks.mjs'
import { collector, serve } from './functions.mjs'

/** Publishes; that answers nothing. */
async function publish({ call }, topic, data) {
  expect((await call('iii::durable::publish', { topic, data })) ?? null, null)
}

function subscribe(world, type, function_id, config) {
  return world.provider.registerTrigger({ type, function_id, config })
}

async function topics({ call }) {
  const listed = await call('engine::queue::list_topics', {})
  return Object.fromEntries(listed.map(({ name, ...more }) => [name, more]))
}

/** Waits until so many are bound to a topic. */
function bound(world, topic, subscriber_count) {
  return eventually(`${subscriber_count} subscribers of ${topic}`, async () => {
    const found = (await topics(world))[topic]
    return found?.subscriber_count === subscriber_count && found
  })
}

check('published_before_anybody_subscribed', async (world) => {
  await publish(world, 'js.early', { n: 1 })
  const heard = await collector(world, 'js::on_early')
  subscribe(world, 'durable:subscriber', 'js::on_early', { topic: 'js.early' })
  expect(await heard.take(), { n: 1 })
})

check('everybody_who_subscribed_hears_it', async (world) => {
  const config = {
    topic: 'js.orders',
    queue_config: {
      type: 'standard', maxRetries: 2, concurrency: 3, backoffDelayMs: 1, maxPriority: 5,
      visibilityTimeout: 30, delaySeconds: 0, backoffType: 'exponential',
    },
  }
  const a = await collector(world, 'js::orders_a')
  const b = await collector(world, 'js::orders_b')
  subscribe(world, 'durable:subscriber', 'js::orders_a', config)
  subscribe(world, 'queue', 'js::orders_b', { topic: 'js.orders' })
  expect(await bound(world, 'js.orders', 2), { broker_type: 'builtin', subscriber_count: 2 })
  await publish(world, 'js.orders', null)
  await publish(world, 'js.orders', { id: 'größe' })
  for (const heard of [a, b]) {
    expect(await heard.take((data) => data === null), null)
    expect(await heard.take(), { id: 'größe' })
  }
  const stats = await world.call('engine::queue::topic_stats', { topic: 'js.orders' })
  expect([stats.consumer_count, stats.dlq_depth], [2, 0])
})

check('published_while_the_subscriber_is_away', async (world) => {
  const heard = await collector(world, 'js::on_away')
  const trigger = subscribe(world, 'durable:subscriber', 'js::on_away', { topic: 'js.away' })
  await bound(world, 'js.away', 1)
  trigger.unregister()
  await bound(world, 'js.away', 0)
  await publish(world, 'js.away', { n: 2 })
  subscribe(world, 'durable:subscriber', 'js::on_away', { topic: 'js.away' })
  expect(await heard.take(), { n: 2 })
})

check('a_subscriber_that_fails_hears_it_again', async (world) => {
  const heard = []
  await serve(world, 'js::on_hard', async (data) => {
    heard.push(data)
    throw new Error('never')
  })
  const queue_config = { maxRetries: 1, backoffDelayMs: 1 }
  subscribe(world, 'durable:subscriber', 'js::on_hard', { topic: 'js.hard', queue_config })
  await bound(world, 'js.hard', 1)
  await publish(world, 'js.hard', 'x')
  const topic = 'js.hard'
  const [message] = await eventually('it is dead', async () => {
    const messages = await world.call('engine::queue::dlq_messages', { topic })
    return messages.length > 0 && messages
  })
  expect([message.payload, message.retries, heard], ['x', 2, ['x', 'x']])
  const one = { topic, message_id: message.id }
  const answer = await world.call('iii::queue::discard_message', one)
  expect(answer, { queue: topic, message_id: message.id, redriven: 1 })
})

check('a_condition_decides', async (world) => {
  await serve(world, 'js::is_large', async (data) => data.n > 10)
  const heard = await collector(world, 'js::on_large')
  const config = { topic: 'js.sizes', condition_function_id: 'js::is_large' }
  subscribe(world, 'durable:subscriber', 'js::on_large', config)
  await bound(world, 'js.sizes', 1)
  for (const n of [1, 11, 2, 12]) await publish(world, 'js.sizes', { n })
  const seen = [await heard.take(), await heard.take()].map(({ n }) => n)
  expect(seen.sort(), [11, 12])
  await eventually('the others are done', async () => {
    const { depth } = await world.call('engine::queue::topic_stats', { topic: 'js.sizes' })
    return depth === 0
  })
  expect(heard.items, [])
})

check('messages_that_name_no_function', async (world) => {
  const heard = await collector(world, 'js::on_loose')
  await world.call('engine::queue::enqueue', { queue: 'loose', data: { n: 1 } })
  subscribe(world, 'queue', 'js::on_loose', { queue: 'loose' })
  expect(await heard.take(), { n: 1 })
})
