// The published Node client, unmodified, against an engine: `main.mjs ENGINE_URL HTTP_URL`.

import { registerWorker } from 'iii-sdk'
import { runAll } from './checks.mjs'

// In the order in which they run.
import './calls.mjs'
import './telemetry.mjs'
import './events.mjs'
import './web.mjs'
import './streams.mjs'
import './reconnect.mjs'

// Standard output is for results; the client talks there too.
console.log = console.error
console.debug = console.error
console.info = console.error

const [url, httpUrl] = process.argv.slice(2)

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
