// Node's fetch and http2, and ws, against an http worker: `main.mjs PLAIN_URL TLS_URL`.
// NODE_EXTRA_CA_CERTS names the authority. Prints one line for each thing that worked, and ends
// with 1 at the first that did not.

import assert from 'node:assert/strict'
import http2 from 'node:http2'
import { once } from 'node:events'
import WebSocket from 'ws'

const PART = new Uint8Array(65536)
const PARTS = 16
const [plain, secure] = process.argv.slice(2)

function parts() {
  let left = PARTS
  return new ReadableStream({
    pull(controller) {
      if (left-- > 0) controller.enqueue(PART)
      else controller.close()
    },
  })
}

async function fetches(name, url) {
  const headers = { 'content-type': 'application/json' }
  const echo = await fetch(`${url}/echo?q=%C3%A9`, { method: 'POST', headers, body: '{"a":1}' })
  assert.deepEqual(await echo.json(), { q: 'é', body: { a: 1 } })
  const raw = { 'content-type': 'application/octet-stream' }
  const options = { method: 'POST', headers: raw, body: parts(), duplex: 'half' }
  const count = await fetch(`${url}/count`, options)
  assert.equal(await count.json(), PART.length * PARTS)
  const stream = await fetch(`${url}/stream`)
  assert.equal((await stream.arrayBuffer()).byteLength, PART.length * PARTS)
  console.log(`fetch ${name}`)
}

async function multiplexes(name, url) {
  const session = http2.connect(url)
  const ask = async n => {
    const request = session.request({
      ':method': 'POST', ':path': '/echo', 'content-type': 'application/json',
    })
    request.end(JSON.stringify(n))
    let text = ''
    for await (const part of request.setEncoding('utf8')) text += part
    return JSON.parse(text).body
  }
  const answers = await Promise.all(Array.from({ length: 50 }, (_, n) => ask(n)))
  assert.deepEqual(answers, Array.from({ length: 50 }, (_, n) => n))
  session.close()
  await once(session, 'close')
  console.log(`http2 ${name}`)
}

async function talks(name, url) {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/ws`)
  await once(socket, 'open')
  socket.send('hello')
  const [text, isBinary] = await once(socket, 'message')
  assert.equal(text.toString(), 'hello')
  assert.equal(isBinary, false)
  socket.send(PART)
  const [bytes] = await once(socket, 'message')
  assert.equal(bytes.length, PART.length)
  socket.close(1000, 'enough')
  const [code] = await once(socket, 'close')
  assert.equal(code, 1000)
  console.log(`ws ${name}`)
}

for (const [name, url] of [['plain', plain], ['tls', secure]]) {
  await fetches(name, url)
  await multiplexes(name, url)
  await talks(name, url)
}
