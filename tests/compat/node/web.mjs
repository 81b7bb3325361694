// HTTP triggers: buffered and streaming, in and out.

import { http } from '@iii-dev/helpers/http'
import { check, eventually, expect } from './checks.mjs'

/** Registers a handler at a path and waits until the path is served. */
async function bind(world, path, handler, method = 'GET', config = {}) {
  const functionId = `js-http::${path}::${method}`
  world.provider.registerFunction(functionId, handler)
  const trigger = world.provider.registerTrigger({
    type: 'http',
    function_id: functionId,
    config: { api_path: path, http_method: method, ...config },
    metadata: { bound: path },
  })
  const options = { method: 'OPTIONS' }
  await eventually(path, async () => (await fetch(world.httpUrl + path, options)).status !== 404)
  return trigger
}

check('http_buffered', async (world) => {
  await bind(world, '/js/orders/:id', async (request, metadata) => ({
    status_code: 201,
    headers: { 'x-order': request.path_params.id },
    body: {
      path_params: request.path_params,
      query: request.query_params,
      body: request.body,
      method: request.method,
      header: request.headers['x-tenant'],
      metadata,
    },
  }), 'POST')
  const answer = await fetch(`${world.httpUrl}/js/orders/a7?q=1&name=J%C3%BCrgen`, {
    method: 'POST',
    body: '{"n": 1.5}',
    headers: { 'content-type': 'application/json', 'X-Tenant': 'acme' },
  })
  expect([answer.status, answer.headers.get('x-order')], [201, 'a7'])
  expect(await answer.json(), {
    path_params: { id: 'a7' },
    query: { q: '1', name: 'Jürgen' },
    body: { n: 1.5 },
    method: 'POST',
    header: 'acme',
    metadata: { bound: '/js/orders/:id' },
  })
})

check('http_text_body', async (world) => {
  const answer = { headers: { 'content-type': 'text/plain' }, body: 'plain' }
  await bind(world, '/js/text', async () => answer)
  const response = await fetch(`${world.httpUrl}/js/text`)
  expect([response.status, await response.text()], [200, 'plain'])
})

check('http_condition', async (world) => {
  const allows = async (request) => request.query_params.ok === '1'
  world.provider.registerFunction('js::allows', allows)
  const condition = { condition_function_id: 'js::allows' }
  await bind(world, '/js/guarded', async () => ({ body: 'in' }), 'GET', condition)
  expect((await fetch(`${world.httpUrl}/js/guarded?ok=1`)).status, 200)
  const refused = await fetch(`${world.httpUrl}/js/guarded?ok=0`)
  expect([refused.status, (await refused.json()).error.code], [422, 'CONDITION_NOT_MET'])
})

check('http_streamed_answer', async (world) => {
  await bind(world, '/js/stream', http(async (_request, response) => {
    response.status(206)
    response.headers({ 'content-type': 'application/octet-stream', 'x-parts': '100' })
    for (let n = 0; n < 100; n++) response.stream.write(Buffer.alloc(10_000, n))
    response.stream.end()
  }))
  const answer = await fetch(`${world.httpUrl}/js/stream`)
  expect([answer.status, answer.headers.get('x-parts')], [206, '100'])
  const body = Buffer.from(await answer.arrayBuffer())
  const parts = Array.from({ length: 100 }, (_, n) => Buffer.alloc(10_000, n))
  expect(body.equals(Buffer.concat(parts)), true)
})

check('http_streamed_answer_closed_twice', async (world) => {
  await bind(world, '/js/json-stream', http(async (_request, response) => {
    response.status(200)
    response.headers({ 'content-type': 'application/json' })
    response.stream.end(JSON.stringify({ hello: 'world' }))
    response.close()
  }))
  const answer = await fetch(`${world.httpUrl}/js/json-stream`)
  expect(await answer.json(), { hello: 'world' })
})

check('http_request_body', async (world) => {
  await bind(world, '/js/upload', http(async (request) => {
    let bytes = 0
    let sum = 0
    for await (const chunk of request.request_body.stream) {
      bytes += chunk.length
      for (const byte of chunk) sum += byte
    }
    return { body: { bytes, sum } }
  }), 'PUT')
  const body = Buffer.from(Array.from({ length: 2 * 1024 * 1024 }, (_, n) => n % 256))
  const answer = await fetch(`${world.httpUrl}/js/upload`, {
    method: 'PUT',
    body,
    headers: { 'content-type': 'application/octet-stream' },
  })
  expect(await answer.json(), { bytes: body.length, sum: body.reduce((a, b) => a + b, 0) })
})

check('http_handler_error', async (world) => {
  await bind(world, '/js/broken', async () => {
    throw new Error('broken on purpose')
  })
  const answer = await fetch(`${world.httpUrl}/js/broken`)
  const text = await answer.text()
  expect([answer.status, JSON.parse(text).error.code], [500, 'invocation_failed'])
  if (text.includes('node:')) throw new Error(`a stack trace left the engine: ${text}`)
})

check('http_no_route', async (world) => {
  const answer = await fetch(`${world.httpUrl}/js/nowhere`)
  expect([answer.status, (await answer.json()).error.code], [404, 'NOT_FOUND'])
  const other = await fetch(`${world.httpUrl}/js/text`, { method: 'DELETE' })
  expect(other.status, 405)
})

check('http_unregister', async (world) => {
  const trigger = await bind(world, '/js/leaving', async () => ({ body: 1 }))
  expect((await fetch(`${world.httpUrl}/js/leaving`)).status, 200)
  trigger.unregister()
  const left = async () => (await fetch(`${world.httpUrl}/js/leaving`)).status === 404
  await eventually('the route leaves', left)
})
