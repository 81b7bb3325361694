/** Traces, logs, and what is fit to be looked at. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Logger, type LogLine } from '../src/node.ts'
import {
  currentSpanId,
  currentTraceId,
  getAllBaggage,
  injectTraceparent,
  patchGlobalFetch,
  redact,
  redactAndTruncate,
  safeStringify,
  unpatchGlobalFetch,
  withSpan,
} from '../src/observability.ts'
import { inScope } from '../src/scope.ts'
import { childOf, newTrace, spanIdOf, traceIdOf } from '../src/trace.ts'
import { settled } from './fake_clock.ts'
import { World } from './fake_engine.ts'

test('traces are well-formed and their own', () => {
  const [one, other] = [newTrace(), newTrace()]
  assert.match(String(one.traceparent), /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/)
  assert.notEqual(traceIdOf(one), traceIdOf(other))
  const child = childOf(one)
  assert.equal(traceIdOf(child), traceIdOf(one))
  assert.notEqual(spanIdOf(child), spanIdOf(one))
  assert.equal(traceIdOf({ traceparent: '00-xyz-1-01' }), undefined)
})

test('without an OpenTelemetry spans still join calls to a trace', async () => {
  const { client, engine } = await World.connected()
  assert.equal(currentTraceId(), undefined)
  const traceId = await withSpan('outer', {}, async () => {
    await settled()
    void client.trigger({ function_id: 'a::b' }).catch(() => undefined)
    const outer = currentSpanId()
    await withSpan('inner', {}, async () => assert.notEqual(currentSpanId(), outer))
    return currentTraceId()
  })
  await settled()
  assert.equal(traceIdOf(engine.call('a::b')), traceId)
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-03'
  const given = await withSpan('given', { traceparent }, async () => currentTraceId())
  assert.equal(given, '0af7651916cd43dd8448eb211c80319c')
})

test('without an OpenTelemetry a handler is in its trace after every kind of gap', async () => {
  const { client, engine } = await World.connected()
  const gaps: Record<string, (work: () => void) => void> = {
    timer: (work) => setTimeout(work, 1),
    immediate: (work) => setImmediate(work),
    tick: (work) => process.nextTick(work),
    microtask: (work) => queueMicrotask(work),
    promise: (work) => void Promise.resolve().then(() => Promise.all([1, 2]).then(work)),
  }
  client.registerFunction('a::b', async (_input, ctx) => {
    for (const [name, gap] of Object.entries(gaps)) {
      await new Promise<void>((resolve) => gap(resolve))
      await new Promise<void>((resolve) => {
        gap(() => {
          assert.equal(currentTraceId(), ctx.traceId)
          void client.trigger({ function_id: name }).catch(() => undefined)
          resolve()
        })
      })
    }
  })
  await settled()
  const traces = ['1', '2'].map((digit) => digit.repeat(32))
  for (const trace of traces) {
    engine.invoke(`i-${trace}`, 'a::b', { traceparent: `00-${trace}-${'3'.repeat(16)}-01` })
  }
  await new Promise<void>((resolve) => {
    const look = () =>
      engine.all('invocationresult').length === 2 ? resolve() : setImmediate(look)
    look()
  })
  // Two invocations at a time, and each call belongs to its own.
  for (const name of Object.keys(gaps)) {
    const called = [engine.call(name), engine.call(name)].map((call) => traceIdOf(call))
    assert.deepEqual(called.sort(), traces, name)
  }
})

test('fetch carries the trace where it was patched', async () => {
  const plain = globalThis.fetch
  const seen: (string | null)[] = []
  globalThis.fetch = async (input) => {
    seen.push((input as Request).headers.get('traceparent'))
    return new Response()
  }
  try {
    patchGlobalFetch()
    await withSpan('outer', {}, async () => {
      await fetch('http://page.test/')
      assert.equal(seen[0], injectTraceparent())
    })
    unpatchGlobalFetch()
  } finally {
    globalThis.fetch = plain
  }
})

test('a logger says where it is, or where it was told it is', () => {
  const lines: LogLine[] = []
  const trace = newTrace()
  const sink = (line: LogLine) => lines.push(line)
  inScope({ trace, invocation: undefined }, () => {
    new Logger(undefined, 'shop', undefined, { sink }).info('placed', { id: 7 })
    new Logger('t', undefined, 's', { sink }).debug('told')
  })
  const shown = lines.map(({ level, message, data, trace_id, service }) => [
    level,
    message,
    data,
    trace_id,
    service,
  ])
  assert.deepEqual(shown, [
    ['info', 'placed', { id: 7 }, traceIdOf(trace), 'shop'],
    ['debug', 'told', undefined, 't', undefined],
  ])
})

test('baggage is read', () => {
  const trace = { ...newTrace(), baggage: 'tenant=a%20b,flag=1;property,broken,=x' }
  inScope({ trace, invocation: undefined }, () => {
    assert.deepEqual(getAllBaggage(), { tenant: 'a b', flag: '1' })
  })
})

test('secrets are left out, and whatever is too long', () => {
  const value = {
    user: 'ada',
    apiKey: 'x',
    deep: [{ access_token: 'y', tokens: 3 }],
    id_token: 'z',
  }
  assert.deepEqual(redact(value), {
    user: 'ada',
    apiKey: '[REDACTED]',
    deep: [{ access_token: '[REDACTED]', tokens: 3 }],
    id_token: '[REDACTED]',
  })
  assert.deepEqual(redactAndTruncate('éé', 4), { json: '"é', truncated: true })
  assert.deepEqual(redactAndTruncate({ a: 1 }), { json: '{"a":1}', truncated: false })
  const cycle: { self?: unknown; n: bigint } = { n: 1n }
  cycle.self = cycle
  assert.equal(safeStringify(cycle), '{"n":"1","self":"[Circular]"}')
})
