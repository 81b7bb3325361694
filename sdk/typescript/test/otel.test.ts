/** Spans of any instrumented library join the trace of the call, with a real OpenTelemetry SDK. */

import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import {
  InMemorySpanExporter,
  NodeTracerProvider,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-node'
import type { Context } from '../src/context.ts'
import {
  BaggageSpanProcessor,
  currentSpanId,
  EngineSpanExporter,
  extractContext,
  getAllBaggage,
  injectTraceparent,
  setBaggageEntry,
  withSpan,
} from '../src/observability.ts'
import { settled } from './fake_clock.ts'
import { World } from './fake_engine.ts'

const PARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
let memory: InMemorySpanExporter

beforeEach(() => {
  memory = new InMemorySpanExporter()
  const spanProcessors = [new BaggageSpanProcessor(), new SimpleSpanProcessor(memory)]
  new NodeTracerProvider({ spanProcessors }).register()
})

afterEach(() => {
  trace.disable()
  context.disable()
  propagation.disable()
})

function spans(): Record<string, ReadableSpan> {
  return Object.fromEntries(memory.getFinishedSpans().map((span) => [span.name, span]))
}

function isBelow(child: ReadableSpan | undefined, parent: ReadableSpan | undefined): void {
  const [inner, outer] = [child?.spanContext(), parent?.spanContext()]
  assert.equal(inner?.traceId, outer?.traceId)
  assert.equal(child?.parentSpanContext?.spanId, outer?.spanId, `${child?.name} ${parent?.name}`)
}

test('a handler runs in a span below its caller, through every asynchronous gap', async () => {
  const { client, engine } = await World.connected()
  const tracer = trace.getTracer('library')
  client.registerFunction('a::b', async (_input: unknown, ctx: Context) => {
    await sleep(1)
    await new Promise<void>((resolve) => setTimeout(() => setImmediate(resolve), 1))
    tracer.startActiveSpan('library work', (span) => span.end())
    void client.trigger({ function_id: 'a::inner' }).catch(() => undefined)
    return [ctx.trace.traceparent, injectTraceparent(), currentSpanId()]
  })
  await settled()
  const baggage = 'tenant=a%20b'
  engine.invoke('i-1', 'a::b', { traceparent: PARENT, tracestate: 'v=1', baggage })
  while (engine.all('invocationresult').length === 0) await sleep(1)
  const { 'execute a::b': execute, 'library work': library, 'call a::inner': call } = spans()
  assert.equal(execute?.spanContext().traceId, '0af7651916cd43dd8448eb211c80319c')
  assert.equal(execute?.parentSpanContext?.spanId, 'b7ad6b7169203331')
  assert.equal(execute?.attributes['iii.function.id'], 'a::b')
  assert.equal(execute?.attributes.tenant, 'a b')
  isBelow(library, execute)
  // The call has not ended: nobody answers it.
  assert.equal(call, undefined)
  const sent = engine.call('a::inner')
  assert.equal(sent.traceparent?.split('-')[1], '0af7651916cd43dd8448eb211c80319c')
  const result = engine.take('invocationresult').result as string[]
  const { spanId } = execute?.spanContext() ?? {}
  assert.deepEqual(result, [result[0], result[0], spanId])
  assert.equal(result[0], `00-0af7651916cd43dd8448eb211c80319c-${spanId}-01`)
  assert.deepEqual([sent.baggage, sent.tracestate], [baggage, 'v=1'])
  engine.answer(sent, 1)
  await settled()
  const made = spans()['call a::inner']
  isBelow(made, execute)
  assert.equal(sent.traceparent?.split('-')[2], made?.spanContext().spanId)
})

test('an invocation without a trace begins one, and says which it is', async () => {
  const { client, engine } = await World.connected()
  client.registerFunction('a::b', () => undefined)
  await settled()
  engine.invoke('i-1', 'a::b', { attempt: 2 })
  await settled()
  // What the client asks for itself is not for the program to see.
  const leaving = client.shutdown()
  await settled()
  engine.answer(engine.call('engine::triggers::info'), {})
  await leaving
  assert.deepEqual(Object.keys(spans()), ['execute a::b'])
  const { 'execute a::b': execute } = spans()
  assert.equal(execute?.parentSpanContext, undefined)
  assert.equal(execute?.kind, SpanKind.SERVER)
  assert.equal(execute?.instrumentationScope.name, 'iii-kit')
  assert.deepEqual(execute?.attributes, {
    'iii.function.id': 'a::b',
    'iii.invocation.id': 'i-1',
    'iii.attempt': 2,
  })
})

test('a span says how its handler or its call failed', async () => {
  const { client, engine } = await World.connected()
  client.registerFunction('a::fails', () => {
    throw Object.assign(new Error('no'), { code: 'broken' })
  })
  await settled()
  engine.invoke('i-1', 'a::fails')
  const failing = client.trigger({ function_id: 'a::far' }).catch(() => undefined)
  await settled()
  const { invocation_id } = engine.call('a::far')
  const error = { code: 'overloaded', message: 'full' }
  engine.say({ type: 'invocationresult', invocation_id: String(invocation_id), error })
  await failing
  const { 'execute a::fails': execute, 'call a::far': call } = spans()
  assert.deepEqual(execute?.status, { code: SpanStatusCode.ERROR, message: 'no' })
  assert.equal(execute?.attributes['error.type'], 'broken')
  assert.equal(call?.attributes['error.type'], 'overloaded')
})

test('calls inside a span of the program carry it, and its baggage', async () => {
  const { client, engine } = await World.connected()
  const call = (id: string) => client.trigger({ function_id: id }).catch(() => undefined)
  trace.getTracer('program').startActiveSpan('request', (span) => {
    context.with(setBaggageEntry('tenant', 'a,b'), () => {
      assert.deepEqual(getAllBaggage(), { tenant: 'a,b' })
      void call('a::b')
    })
    span.end()
  })
  await settled()
  const sent = engine.call('a::b')
  assert.equal(sent.baggage, 'tenant=a%2Cb')
  assert.equal(sent.traceparent?.split('-')[1], spans().request?.spanContext().traceId)
  // Baggage alone is carried as well.
  context.with(setBaggageEntry('tenant', 'c'), () => void call('a::c'))
  // What the sampler left out is left out further on.
  const silent = extractContext('00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00')
  context.with(silent, () => void call('a::d'))
  await settled()
  assert.equal(engine.call('a::c').baggage, 'tenant=c')
  assert.match(
    String(engine.call('a::d').traceparent),
    /^00-0af7651916cd43dd8448eb211c80319c-.*00$/,
  )
})

test('without a manager of contexts the own scope carries the span', async () => {
  context.disable()
  const { client, engine } = await World.connected()
  client.registerFunction('a::b', async (_input: unknown, ctx: Context) => {
    await sleep(1)
    void ctx.trigger({ function_id: 'a::inner' }).catch(() => undefined)
    void client.trigger({ function_id: 'a::other' }).catch(() => undefined)
  })
  await withSpan('outer', {}, async () => {
    await sleep(1)
    void client.trigger({ function_id: 'a::plain' }).catch(() => undefined)
  })
  await settled()
  engine.invoke('i-1', 'a::b', { traceparent: PARENT })
  while (engine.all('invocationresult').length === 0) await sleep(1)
  for (const id of ['a::inner', 'a::other']) {
    assert.equal(engine.call(id).traceparent?.split('-')[1], PARENT.split('-')[1])
  }
  const outer = spans().outer?.spanContext()
  assert.equal(engine.call('a::plain').traceparent?.split('-')[1], outer?.traceId)
})

test("spans of the program's own SDK can go to the engine", async () => {
  const world = await World.connected({ otel: { serviceName: 'shop' } })
  const spanProcessors = [new SimpleSpanProcessor(new EngineSpanExporter())]
  const tracer = new NodeTracerProvider({ spanProcessors }).getTracer('program')
  const attributes = { lines: 3, express: true, price: 1.5, tags: ['a', 'b'] }
  const span = tracer.startSpan('request', { attributes }, extractContext(PARENT))
  span.addEvent('checked', { ok: true })
  span.recordException(new Error('no'))
  span.setStatus({ code: SpanStatusCode.ERROR, message: 'no' })
  span.end()
  await settled()
  await world.clock.advance(100)
  const [frame = ''] = world.engine.frames
  assert.equal(frame.slice(0, 4), 'OTLP')
  const [resource] = JSON.parse(frame.slice(4)).resourceSpans
  assert.deepEqual(resource.resource.attributes[0], {
    key: 'service.name',
    value: { stringValue: 'shop' },
  })
  const [sent] = resource.scopeSpans[0].spans
  assert.deepEqual(
    [sent.name, sent.traceId, sent.parentSpanId, sent.kind, sent.status],
    ['request', PARENT.slice(3, 35), PARENT.slice(36, 52), 1, { code: 2, message: 'no' }],
  )
  assert.deepEqual(sent.attributes, [
    { key: 'lines', value: { intValue: '3' } },
    { key: 'express', value: { boolValue: true } },
    { key: 'price', value: { doubleValue: 1.5 } },
    {
      key: 'tags',
      value: { arrayValue: { values: [{ stringValue: 'a' }, { stringValue: 'b' }] } },
    },
  ])
  assert.deepEqual(
    sent.events.map((event: { name: string }) => event.name),
    ['checked', 'exception'],
  )
  assert.match(sent.startTimeUnixNano, /^1[0-9]{18}$/)
})
