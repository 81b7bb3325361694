/** Log lines, spans and metrics on their way to the engine. */

import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { context, trace } from '@opentelemetry/api'
import { WorkerMetricsCollector } from '../src/node/metrics.ts'
import { type IIIClient, Logger, registerWorker } from '../src/node.ts'
import {
  droppedTelemetry,
  flushOtel,
  initOtel,
  shutdownOtel,
  withSpan,
} from '../src/observability.ts'
import { otel, registeredApi } from '../src/otel/api.ts'
import { observeWith } from '../src/telemetry/metrics.ts'
import { telemetryPlatform, useTelemetryPlatform } from '../src/telemetry/platform.ts'
import { Engine, skip } from './engine.ts'
import { settled } from './fake_clock.ts'
import { World } from './fake_engine.ts'

/** How long something may take that depends on other processes. */
const PATIENCE_MS = 20_000
const PARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'

// biome-ignore lint/suspicious/noExplicitAny: JSON that a test looks into
type Json = any

/** The items of a frame. */
function items(frame = ''): Json[] {
  const body = JSON.parse(frame.slice(4))
  if (frame.startsWith('LOGS')) return body.resourceLogs[0].scopeLogs[0].logRecords
  return body.resourceSpans[0].scopeSpans[0].spans
}

test('lines of handlers reach the engine, with their trace and without secrets', async () => {
  const { client, engine, clock, lines } = await World.connected()
  client.registerFunction('a::b', (_input, ctx) => {
    ctx.logger.warn('low', { left: 2, password: 'x' })
    new Logger(undefined, 'shop', undefined, { sink: () => undefined }).info('told')
  })
  await settled()
  engine.invoke('i-1', 'a::b', { traceparent: PARENT })
  await settled()
  assert.equal(engine.frames.length, 0, 'what comes together leaves together')
  await clock.advance(100)
  assert.equal(lines[0]?.message, 'low')
  const [low, told] = items(engine.frames[0])
  assert.equal(engine.frames[0]?.slice(0, 4), 'LOGS')
  assert.deepEqual(
    [low.severityNumber, low.severityText, low.body, low.traceId, low.spanId],
    [13, 'WARN', { stringValue: 'low' }, PARENT.slice(3, 35), PARENT.slice(36, 52)],
  )
  assert.deepEqual(low.attributes, [
    { key: 'function_id', value: { stringValue: 'a::b' } },
    { key: 'log.data', value: { stringValue: '{"left":2,"password":"[REDACTED]"}' } },
  ])
  assert.equal(low.timeUnixNano, '1700000001000000000')
  assert.equal(told.traceId, PARENT.slice(3, 35))
  await client.shutdown({ drainTimeoutMs: 0 })
})

test('telemetry waits for the engine, bounded, and leaves at the shutdown', async () => {
  const world = await World.connected({ limits: { telemetryItemsMax: 3 } })
  const logger = new Logger(undefined, undefined, undefined, { sink: () => undefined })
  const dropped = droppedTelemetry()
  world.engine.socket.terminate()
  await settled()
  for (const line of ['1', '2', '3', '4', '5']) logger.info(line)
  logger.info('6', 'x'.repeat(10_000_000))
  await world.clock.advance(2000)
  await world.greet()
  const said = items(world.engine.frames[0]).map((record) => record.body.stringValue)
  assert.deepEqual(said, ['4', '5', '6'])
  assert.equal(droppedTelemetry() - dropped, 3)
  logger.info('last')
  await world.client.shutdown({ drainTimeoutMs: 0 })
  await settled()
  assert.equal(items(world.engine.frames[1])[0].body.stringValue, 'last')
})

test('a jammed connection is not burdened with telemetry', async () => {
  const { client, engine, clock } = await World.connected({ limits: { outboxHighBytes: 10 } })
  const ours = engine.socket.peer
  assert.ok(ours)
  ours.queuedBytes = 11
  await client.trigger({ function_id: 'a::b', action: { type: 'void' } })
  new Logger(undefined, undefined, undefined, { sink: () => undefined }).info('later')
  await clock.advance(1000)
  assert.deepEqual(engine.frames, [])
  ours.drain()
  await settled()
  assert.equal(engine.frames.length, 1)
  await client.shutdown({ drainTimeoutMs: 0 })
})

test('nothing is sent where telemetry is off', async () => {
  const { client, engine, clock } = await World.connected({ otel: { enabled: false } })
  new Logger(undefined, undefined, undefined, { sink: () => undefined }).info('quiet')
  await clock.advance(1000)
  await client.shutdown({ drainTimeoutMs: 0 })
  assert.deepEqual(engine.frames, [])
})

test('unasked nobody makes spans, the trace goes on, and log lines are on', async () => {
  const { client, engine, clock } = await World.connected()
  assert.equal(otel()?.trace, undefined)
  client.registerFunction('a::b', async (_input, ctx) => {
    ctx.logger.info('inside')
    await withSpan('quiet', {}, async () => undefined)
    void ctx.trigger({ function_id: 'a::inner' }).catch(() => undefined)
  })
  await settled()
  engine.invoke('i-1', 'a::b', { traceparent: PARENT })
  await settled()
  await settled()
  assert.equal(engine.call('a::inner').traceparent, PARENT)
  await clock.advance(100)
  assert.deepEqual(
    engine.frames.map((frame) => frame.slice(0, 4)),
    ['LOGS'],
  )
  await client.shutdown({ drainTimeoutMs: 0 })
})

/** A worker that makes spans itself, and what they look like. */
async function spansOfWorker(): Promise<void> {
  const { client, engine, clock } = await World.connected({ otel: { enabled: true } })
  assert.ok(otel()?.trace)
  client.registerFunction('a::b', async (_input, ctx) => {
    await settled()
    await withSpan('inside', {}, async (span) => {
      span.setAttribute('lines', 3)
      ctx.logger.info('in it')
    })
  })
  await settled()
  engine.invoke('i-1', 'a::b', { traceparent: PARENT })
  // Whoever began this trace does not want it to be collected.
  engine.invoke('i-2', 'a::b', { traceparent: `${PARENT.slice(0, -1)}0` })
  await settled()
  await settled()
  await clock.advance(100)
  const spans = engine.frames.filter((frame) => frame.startsWith('OTLP')).flatMap(items)
  assert.deepEqual(
    spans.map(({ name }) => name),
    ['inside', 'execute a::b'],
  )
  const [inside, execute] = spans
  assert.equal(inside.parentSpanId, execute.spanId)
  assert.equal(execute.parentSpanId, PARENT.slice(36, 52))
  assert.deepEqual([inside.kind, execute.kind], [1, 2])
  assert.ok(BigInt(execute.endTimeUnixNano) >= BigInt(inside.endTimeUnixNano))
  const lines = engine.frames.filter((frame) => frame.startsWith('LOGS')).flatMap(items)
  assert.equal(lines[0].spanId, execute.spanId)
  await client.shutdown({ drainTimeoutMs: 0 })
  assert.equal(otel()?.trace, undefined)
}

test("a worker makes spans itself, and libraries' spans are among them", spansOfWorker)

test('a worker makes spans where a project has no OpenTelemetry', async () => {
  const platform = telemetryPlatform()
  assert.ok(platform)
  useTelemetryPlatform({ ...platform, api: () => undefined })
  try {
    await spansOfWorker()
  } finally {
    useTelemetryPlatform(platform)
  }
})

interface Came {
  readonly kind: string
  readonly body: Json
}

/** An engine with a worker in the place of the one that would store telemetry. */
async function collecting(t: TestContext): Promise<{ engine: Engine; came: Came[] }> {
  const engine = await Engine.start()
  const came: Came[] = []
  const collector: IIIClient = registerWorker(engine.url, {
    workerName: 'collector',
    token: engine.operatorToken,
    otel: { enabled: false },
  })
  t.after(async () => {
    await collector.shutdown()
    await engine.stop()
  })
  await collector.registerFunction('engine::telemetry::ingest', (body: Json, ctx) => {
    came.push({ kind: (ctx.metadata as { kind: string }).kind, body })
  })
  return { engine, came }
}

/** Resolves once a frame of a kind came that has what is looked for. */
async function arrives(came: Came[], kind: string, text: string): Promise<Json> {
  const end = Date.now() + PATIENCE_MS
  while (Date.now() < end) {
    const found = came.find(
      (frame) => frame.kind === kind && JSON.stringify(frame.body).includes(text),
    )
    if (found !== undefined) return found.body
    await sleep(5)
  }
  assert.fail(`no ${kind} frame with ${text} came`)
}

test('a program that is no worker exports to the engine', { skip }, async (t) => {
  const { engine, came } = await collecting(t)
  initOtel({
    serviceName: 'nightly',
    engineWsUrl: engine.url,
    metricsExportIntervalMs: 20,
    spansFlushIntervalMs: 5,
  })
  initOtel({ serviceName: 'twice' })
  assert.ok(registeredApi()?.trace)
  await withSpan('outer', {}, async () => {
    trace.getTracer('library', '1.2').startActiveSpan('library work', (span) => {
      assert.equal(trace.getSpan(context.active()), span)
      span.end()
    })
    new Logger(undefined, undefined, undefined, { sink: () => undefined }).error('broken')
  })
  const spans = await arrives(came, 'OTLP', 'library work')
  const [resource] = spans.resourceSpans
  assert.equal(resource.resource.attributes[0].value.stringValue, 'nightly')
  await arrives(came, 'LOGS', 'broken')
  const metrics = await arrives(came, 'MTRC', 'iii.worker.memory.rss')
  const [first] = metrics.resourceMetrics[0].scopeMetrics[0].metrics
  assert.ok(first.gauge.dataPoints[0].asDouble > 0)
  // It comes back after the engine was away. What was on its way at that moment may be lost, and
  // so is what comes before there is a collector again.
  await engine.restart()
  const before = came.length
  const end = Date.now() + PATIENCE_MS
  while (!came.slice(before).some(({ kind }) => kind === 'OTLP') && Date.now() < end) {
    await withSpan('again', {}, async () => undefined)
    await flushOtel()
  }
  await arrives(came, 'OTLP', 'again')
  await withSpan('last', {}, async () => undefined)
  await shutdownOtel()
  await arrives(came, 'OTLP', 'last')
  assert.equal(registeredApi()?.trace, undefined)
})

test('an engine that is not there costs a program nothing but time', async () => {
  initOtel({ engineWsUrl: 'ws://127.0.0.1:9', metricsEnabled: false })
  await withSpan('lost', {}, async () => undefined)
  const begun = Date.now()
  await shutdownOtel()
  assert.ok(Date.now() - begun < 5000)
  initOtel({ engineWsUrl: 'nonsense' })
  await shutdownOtel()
})

test('figures of the process are real, and a meter can ask for them', () => {
  const collector = new WorkerMetricsCollector({ eventLoopResolutionMs: 10 })
  const metrics = collector.collect()
  assert.ok((metrics.memory_rss ?? 0) > 1_000_000 && (metrics.cpu_user_micros ?? 0) > 0)
  const observed: Record<string, number> = {}
  type Result = { observe(gauge: string, value: number): void }
  const callbacks = new Set<(result: Result) => void>()
  const meter = {
    createObservableGauge: (name: string) => name,
    addBatchObservableCallback: (callback: (result: Result) => void) => callbacks.add(callback),
    removeBatchObservableCallback: (callback: (result: Result) => void) =>
      callbacks.delete(callback),
  }
  const stop = observeWith(meter, {}, () => metrics)
  for (const callback of callbacks) {
    callback({
      observe: (gauge, value) => {
        observed[gauge] = value
      },
    })
  }
  assert.equal(observed['iii.worker.memory.rss'], metrics.memory_rss)
  assert.equal(Object.keys(observed).length, 9)
  stop()
  assert.equal(callbacks.size, 0)
  collector.stopMonitoring()
})
