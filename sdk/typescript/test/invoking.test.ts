/** Invocations of this worker's functions. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { readErrorBody } from '../src/errors.ts'
import { type Context, currentContext, InvocationError } from '../src/node.ts'
import { settled } from './fake_clock.ts'
import { codeOf, World } from './fake_engine.ts'

const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-03'

async function offering(handler: (input: never, context: Context) => unknown, options = {}) {
  const world = await World.connected(options)
  world.client.registerFunction('a::b', handler as (input: unknown) => unknown)
  await settled()
  world.engine.take('registerfunction')
  return world
}

async function result(world: World, data?: unknown) {
  world.engine.invoke('i-1', 'a::b', { data })
  await settled()
  return world.engine.take('invocationresult')
}

test('a handler is given its input and its context', async () => {
  let seen: Context | undefined
  const world = await offering((input, context) => {
    seen = context
    return { got: input }
  })
  world.engine.invoke('i-1', 'a::b', {
    data: 7,
    metadata: { tenant: 'a' },
    traceparent: TRACEPARENT,
    caller: { worker_name: 'shop' },
    timeout_ms: 500,
    attempt: 2,
    delivery: { message_id: 'm-1', queue: 'payments', enqueued_at: 5 },
  })
  await settled()
  const answer = world.engine.take('invocationresult')
  assert.deepEqual(
    [answer.invocation_id, answer.function_id, answer.result],
    ['i-1', 'a::b', { got: 7 }],
  )
  assert.ok(seen)
  assert.deepEqual(
    [seen.invocationId, seen.functionId, seen.metadata, seen.attempt, seen.caller?.worker_name],
    ['i-1', 'a::b', { tenant: 'a' }, 2, 'shop'],
  )
  assert.deepEqual([seen.messageId, seen.delivery?.queue], ['m-1', 'payments'])
  assert.equal(seen.traceId, '0af7651916cd43dd8448eb211c80319c')
  assert.equal(seen.remainingMs, 500)
  assert.equal(seen.deadline?.getTime(), world.clock.wall() + 500)
})

test('absent, null and quiet results differ', async () => {
  const absent = await result(await offering(() => undefined))
  assert.deepEqual(['result' in absent, absent.quiet], [false, true])
  const nothing = await result(await offering(async () => null))
  assert.deepEqual([nothing.result, nothing.quiet], [null, true])
  const something = await result(await offering(async () => 0))
  assert.deepEqual([something.result, something.quiet], [0, undefined])
})

test('a thrown error keeps its code; the stack stays here but in development', async () => {
  const fail = () => {
    throw Object.assign(new RangeError('no such order'), { code: 'not_there' })
  }
  const error = (await result(await offering(fail))).error
  assert.deepEqual(error, { code: 'not_there', message: 'no such order' })
  const developed = await result(await offering(fail, { development: true }))
  assert.match((developed.error as { stacktrace: string }).stacktrace, /RangeError/)
})

test('what an error says about trying again is on the wire', async () => {
  const init = { code: 'busy', message: 'come back', details: { code: 'never', queue: 'q' } }
  const advice = { retryAfterMs: 1500, retryable: false, released: true }
  const fail = () => Promise.reject(new InvocationError({ ...init, ...advice }))
  const { error } = await result(await offering(fail))
  const told = { retry_after_ms: 1500, retryable: false, released: true }
  assert.deepEqual(error, { code: 'busy', message: 'come back', queue: 'q', ...told })
  const read = new InvocationError(readErrorBody(error))
  assert.deepEqual([read.retryAfterMs, read.retryable, read.released], [1500, false, true])
  assert.deepEqual(read.details, { queue: 'q', ...told })
  const silent = new InvocationError({ code: 'overloaded', message: 'full' })
  assert.deepEqual(
    [silent.retryAfterMs, silent.retryable, silent.released],
    [undefined, true, false],
  )
  const odd = readErrorBody({ code: 'c', message: 'm', retry_after_ms: -1, retryable: 'no' })
  const ignored = new InvocationError(odd)
  assert.deepEqual([ignored.retryAfterMs, ignored.retryable], [undefined, false])
  const cycle: Record<string, unknown> = {}
  cycle.self = cycle
  const unwritable = new InvocationError({ code: 'odd', message: 'm', details: cycle })
  const answer = await result(await offering(() => Promise.reject(unwritable)))
  assert.deepEqual(answer.error, { code: 'odd', message: 'm' })
})

test('whatever is thrown becomes an error', async () => {
  for (const [thrown, code, message] of [
    [new Error('broken'), 'invocation_failed', 'broken'],
    ['text', 'invocation_failed', 'text'],
    [{ code: 'own', message: 'of its own' }, 'own', 'of its own'],
    [undefined, 'invocation_failed', 'undefined'],
    [new InvocationError({ code: 'deep', message: 'below' }), 'deep', 'below'],
  ] as const) {
    const { error } = await result(await offering(() => Promise.reject(thrown)))
    assert.deepEqual(error, { code, message })
  }
})

test('a result without a JSON form, or too large, is an error', async () => {
  const cycle: { self?: unknown } = {}
  cycle.self = cycle
  const { error } = await result(await offering(() => cycle))
  assert.equal((error as { code: string }).code, 'serialization_error')
  const limits = { messageBytesMax: 10 }
  const large = await result(await offering(() => 'x'.repeat(20), { limits }))
  assert.equal((large.error as { code: string }).code, 'payload_too_large')
})

test('unknown functions and too many invocations are answered', async () => {
  const world = await offering(() => new Promise(() => undefined), {
    limits: { invocationsMax: 1 },
  })
  world.engine.invoke('i-0', 'no::such')
  await settled()
  const unknown = world.engine.take('invocationresult').error as { code: string }
  assert.equal(unknown.code, 'function_not_found')
  world.engine.invoke('i-1', 'a::b')
  world.engine.invoke('i-2', 'a::b')
  await settled()
  const full = world.engine.take('invocationresult')
  assert.deepEqual(
    [full.invocation_id, (full.error as { code: string }).code],
    ['i-2', 'overloaded'],
  )
})

test('the signal is aborted when the engine cancels, and when the connection breaks', async () => {
  const reasons: string[] = []
  const world = await offering(async (_input, { signal }) => {
    await new Promise((resolve) => signal.addEventListener('abort', resolve))
    reasons.push((signal.reason as Error).message)
  })
  world.engine.invoke('i-1', 'a::b')
  world.engine.invoke('i-2', 'a::b')
  await settled()
  world.engine.say({ type: 'cancelinvocation', invocation_id: 'i-1', reason: 'timeout' })
  await settled()
  assert.deepEqual(reasons, ['the invocation is cancelled: timeout'])
  await world.reconnect()
  assert.equal(reasons[1], 'the invocation is cancelled: connection_lost')
  assert.deepEqual(world.engine.all('invocationresult'), [])
})

test('calls of a handler belong to its invocation, also after an asynchronous gap', async () => {
  const world: World = await offering(async (_input, context) => {
    await new Promise((resolve) => setImmediate(resolve))
    assert.equal(currentContext(), context)
    const options = { function_id: 'a::inner' }
    await Promise.all([
      world.client.trigger(options),
      context.trigger({ ...options, timeoutMs: 60_000 }),
      world.client.trigger({ ...options, detached: true }),
    ])
  })
  world.engine.invoke('i-1', 'a::b', { traceparent: TRACEPARENT, timeout_ms: 500 })
  await settled()
  const calls = [1, 2, 3].map(() => world.engine.call('a::inner'))
  assert.deepEqual(
    calls.map(({ parent }) => parent),
    ['i-1', 'i-1', undefined],
  )
  assert.deepEqual(
    calls.map(({ timeout_ms }) => timeout_ms),
    [500, 500, 30_000],
  )
  for (const { traceparent } of calls) assert.equal(traceparent, TRACEPARENT)
})

test('calls a handler waits for are given up with it; those made to tidy up are not', async () => {
  let code = ''
  const world: World = await offering(async (_input, context) => {
    code = await codeOf(context.trigger({ function_id: 'a::inner' }))
    await context.trigger({ function_id: 'a::tidy' })
  })
  world.engine.invoke('i-1', 'a::b')
  await settled()
  const { invocation_id } = world.engine.call('a::inner')
  world.engine.say({ type: 'cancelinvocation', invocation_id: 'i-1' })
  await settled()
  assert.equal(code, 'cancelled')
  assert.equal(world.engine.take('cancelinvocation').invocation_id, invocation_id)
  world.engine.call('a::tidy')
})

test('the context logs with the trace of its invocation', async () => {
  const world = await offering((_input, { logger }) => logger.warn('careful', { n: 1 }))
  world.engine.invoke('i-1', 'a::b', { traceparent: TRACEPARENT })
  await settled()
  const line = world.lines.find(({ message }) => message === 'careful')
  assert.deepEqual(
    [line?.level, line?.data, line?.trace_id, line?.function_id],
    ['warn', { n: 1 }, '0af7651916cd43dd8448eb211c80319c', 'a::b'],
  )
})

test('a Standard Schema checks the input, changes it and is announced as JSON Schema', async () => {
  const world = await World.connected()
  const request_format = z.object({ id: z.string(), count: z.number().default(1) })
  world.client.registerFunction('a::b', async ({ count }) => count, { request_format })
  await settled()
  const { request_format: announced } = world.engine.take('registerfunction')
  const { type, required } = announced as { type: string; required: string[] }
  assert.deepEqual([type, required], ['object', ['id']])
  assert.equal((await result(world, { id: 'x' })).result, 1)
  const { error } = await result(world, { id: 7 })
  assert.equal((error as { code: string }).code, 'INVALID_ARGUMENTS')
  assert.match((error as { message: string }).message, /`id`/)
})

test('channel references become ends; looking at a writing end makes the result loud', async () => {
  const ref = (direction: 'read' | 'write') => ({ channel_id: 'c', access_key: 'k', direction })
  const data = () => ({ in: ref('read'), nested: [{ out: ref('write') }] })
  const silent = await offering((input: { in: { readAll: unknown } }) => {
    assert.equal(typeof input.in.readAll, 'function')
  })
  assert.equal((await result(silent, data())).quiet, true)
  const loud = await offering((input: { nested: { out: { write: unknown } }[] }) => {
    assert.equal(typeof input.nested[0]?.out.write, 'function')
  })
  assert.equal((await result(loud, data())).quiet, undefined)
})

test('a call that cannot be read is answered', async () => {
  const world = await offering(() => 1)
  world.engine.raw('{"type":"invokefunction","invocation_id":"i-9","function_id":"a::b","data":}')
  await settled()
  const answer = world.engine.take('invocationresult')
  assert.deepEqual(
    [answer.invocation_id, (answer.error as { code: string }).code],
    ['i-9', 'invalid_message'],
  )
})
