// Channels between two clients, and messages of 20 and 40 MiB in one frame.

import { createHash } from 'node:crypto'
import { createChannel } from 'iii-sdk/helpers'
import { check, expect } from './checks.mjs'
import { serve } from './functions.mjs'

const MIB = 1024 * 1024
const block = Buffer.alloc(256 * 1024, 'channel data ')
const blocks = 32 // 8 MiB
const wanted = createHash('sha256').update(Buffer.concat(Array(blocks).fill(block))).digest('hex')

async function writeAll(stream) {
  for (let n = 0; n < blocks; n++) {
    await new Promise((resolve, reject) => {
      stream.write(block, (error) => (error ? reject(error) : resolve()))
    })
  }
  stream.end()
}

check('channel_to_a_function', async (world) => {
  await serve(world, 'js::consume', async ({ input, name }) => {
    const texts = []
    input.onMessage((text) => texts.push(text))
    const body = await input.readAll()
    return { sha: createHash('sha256').update(body).digest('hex'), texts, name }
  })
  const channel = await createChannel(world.caller)
  const call = world.call('js::consume', { name: 'upload', input: channel.readerRef })
  channel.writer.sendMessage('begin')
  await writeAll(channel.writer.stream)
  expect(await call, { sha: wanted, texts: ['begin'], name: 'upload' })
})

check('channel_from_a_function', async (world) => {
  await serve(world, 'js::produce', async ({ nested }) => {
    await writeAll(nested[0].output.stream)
    return 'written'
  })
  const channel = await createChannel(world.caller, 4)
  const call = world.call('js::produce', { nested: [{ output: channel.writerRef }] })
  const body = await channel.reader.readAll()
  expect(createHash('sha256').update(body).digest('hex'), wanted)
  expect(await call, 'written')
})

check('message_of_20_mib_in_one_frame', async (world) => {
  await serve(world, 'js::length', async ({ text }) => text.length)
  expect(await world.call('js::length', { text: 'x'.repeat(20 * MIB) }), 20 * MIB)
})

check('message_of_40_mib_both_ways', async (world) => {
  const text = 'é'.repeat(20 * MIB)
  const answer = await world.call('js::echo', { text }, { timeoutMs: 60_000 })
  expect(answer.text === text, true)
})

check('message_beyond_the_limit', async (world) => {
  // This client does not know the limit; the engine answers instead of dropping the connection.
  let code
  try {
    await world.call('js::length', { text: 'x'.repeat(70 * MIB) })
  } catch (error) {
    code = error.code
  }
  expect(code, 'payload_too_large')
  expect(await world.call('js::length', { text: 'abc' }), 3)
})
