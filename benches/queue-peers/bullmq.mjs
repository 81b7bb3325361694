// BullMQ under the load that the engine gets: the same text in the data, one process that adds and,
// on a thread of its own so that neither waits for the other, a worker that handles.
//
//   node bullmq.mjs HOST:PORT enqueue|queue|idle [--count N] [--seconds S] [--window W]
//
// Prints `key=value` lines like the load generator.

import { performance } from 'node:perf_hooks'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { isMainThread, parentPort, Worker as Thread, workerData } from 'node:worker_threads'
import { Queue, Worker } from 'bullmq'

const QUEUE = 'bench'
const PAUSE_MS = 5
const PAD = 'x'.repeat(64)
const JOB_OPTIONS = { removeOnComplete: true }

const LOADS = { enqueue, queue: queueAndHandle, idle }

/** Both threads agree on this clock. */
const now = () => performance.timeOrigin + performance.now()

async function main() {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      count: { type: 'string', default: '0' },
      seconds: { type: 'string', default: '5' },
      window: { type: 'string', default: '64' },
    },
  })
  const [address, what] = positionals
  const [host, port] = address.split(':')
  const load = {
    connection: { host, port: Number(port) },
    count: Number(values.count),
    seconds: Number(values.seconds),
    window: Number(values.window),
  }
  const queue = new Queue(QUEUE, { connection: load.connection })
  await queue.obliterate({ force: true })
  await LOADS[what](queue, load)
  await queue.close()
}

async function enqueue(queue, load) {
  print(`enqueue window=${load.window}`, await fill(queue, load))
}

async function queueAndHandle(queue, load) {
  const thread = await consumer(load)
  const handled = once(thread, 'message')
  const start = now()
  const filled = await fill(queue, load)
  const [verdict] = await handled
  const seconds = (now() - start) / 1000
  print(`enqueue window=${load.window}`, filled)
  if (verdict !== 'all once') throw new Error(verdict)
  const rate = (load.count / seconds).toFixed(0)
  console.log(`queue processed=${load.count} rate=${rate}/s seconds=${seconds.toFixed(2)} ${cpu()}`)
  thread.postMessage('end')
  await once(thread, 'exit')
}

async function idle(queue, load) {
  const thread = await consumer({ ...load, says: 'starts' })
  const times = []
  const start = now()
  for (let n = 0; n < load.count; n++) {
    await sleep(PAUSE_MS)
    const began = once(thread, 'message')
    const sent = now()
    await queue.add('job', { n, pad: PAD }, JOB_OPTIONS)
    const [begun] = await began
    times.push(begun - sent)
  }
  print('idle', { times, seconds: (now() - start) / 1000 })
  thread.postMessage('end')
  await once(thread, 'exit')
}

/** Keeps a window of additions in flight until the load ends. */
async function fill(queue, { count, seconds, window }) {
  const start = now()
  const deadline = start + seconds * 1000
  const times = []
  let made = 0
  const lane = async () => {
    while (count > 0 ? made < count : now() < deadline) {
      const sent = now()
      await queue.add('job', { n: made++, pad: PAD }, JOB_OPTIONS)
      times.push(now() - sent)
    }
  }
  await Promise.all(Array.from({ length: window }, lane))
  return { times, seconds: (now() - start) / 1000 }
}

/** A thread that handles jobs, when it is ready to. */
async function consumer(load) {
  const thread = new Thread(new URL(import.meta.url), { workerData: load })
  await once(thread, 'message')
  return thread
}

/** The worker's thread: counts what is done, or says when each job starts. */
async function work({ connection, count, window, says }) {
  const seen = new Set()
  let twice = 0
  const handle = async (job) => {
    if (says === 'starts') return parentPort.postMessage(now())
    if (seen.has(job.data.n)) twice += 1
    seen.add(job.data.n)
  }
  const worker = new Worker(QUEUE, handle, { connection, concurrency: window })
  let done = 0
  worker.on('completed', () => {
    done += 1
    if (says === 'starts' || done !== count) return
    const right = seen.size === count && twice === 0
    parentPort.postMessage(right ? 'all once' : `${seen.size} of ${count}, ${twice} twice`)
  })
  parentPort.on('message', async () => {
    await worker.close()
    parentPort.close()
  })
  await worker.waitUntilReady()
  parentPort.postMessage('ready')
}

function print(name, { times, seconds }) {
  const sorted = times.toSorted((a, b) => a - b)
  const at = (share) => (sorted[Math.floor((sorted.length - 1) * share)] * 1000).toFixed(1)
  const rate = (sorted.length / seconds).toFixed(0)
  console.log(
    `${name} ok=${sorted.length} failed=0 rate=${rate}/s p50=${at(0.5)}us p99=${at(0.99)}us ` +
      `seconds=${seconds.toFixed(2)} ${cpu()}`,
  )
}

/** Processor time of this process, all threads. */
function cpu() {
  const { user, system } = process.cpuUsage()
  return `cpu=${((user + system) / 1e6).toFixed(2)}s`
}

if (isMainThread) await main()
else await work(workerData)
