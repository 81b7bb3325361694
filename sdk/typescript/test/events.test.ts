import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EventStream, encodeEvent } from '../src/events.ts'

test('lines stay inside their event', () => {
  const event = { data: 'a\nb\r\nc\rd', event: 'x\nid: 7', id: '1', retryMs: 2000 }
  assert.equal(
    encodeEvent(event),
    'event: x id: 7\nid: 1\nretry: 2000\ndata: a\ndata: b\ndata: c\ndata: d\n\n',
  )
  assert.equal(encodeEvent({ data: '' }), 'data: \n\n')
  assert.equal(encodeEvent({ data: [1, 'ü'] }), 'data: [1,"ü"]\n\n')
})

test('what is sent is written, and what cannot be is an error', async () => {
  const written: string[] = []
  const events = new EventStream({
    write: async (data) => {
      if (written.length === 2) throw new Error('the client has left')
      written.push(new TextDecoder().decode(data))
    },
    close: async () => void written.push('end'),
  })
  await events.keepAlive()
  await events.send({ data: 'one' })
  await assert.rejects(events.send({ data: 'two' }), /left/)
  await events.close()
  assert.deepEqual(written, [':\n\n', 'data: one\n\n', 'end'])
})
