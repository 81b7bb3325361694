// The published Node client, unmodified, against an engine: `main.mjs ENGINE_URL HTTP_URL PART`.

import { registerWorker } from 'iii-sdk'
import { runAll } from './checks.mjs'

// In the order in which they run.
const PARTS = {
  clients: ['calls', 'telemetry', 'events', 'web', 'streams', 'reconnect'],
  durable: ['queues', 'topics', 'state', 'crash'],
}

// Standard output is for results; the client talks there too.
console.log = console.error
console.debug = console.error
console.info = console.error

const [url, httpUrl, part] = process.argv.slice(2)
for (const file of PARTS[part]) await import(`./${file}.mjs`)

function worker(workerName) {
  return registerWorker(url, { workerName, invocationTimeoutMs: 20_000 })
}

const provider = worker('js-provider')
const caller = worker('js-caller')
const call = (function_id, payload, more) => caller.trigger({ function_id, payload, ...more })
const leftovers = []

await runAll({ url, httpUrl, provider, caller, call, leftovers })
for (const client of [provider, caller, ...leftovers]) await client.shutdown()
process.exit(0)
