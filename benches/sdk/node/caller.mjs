// Calls the worker's function and measures: `caller.mjs PACKAGE URL IN_FLIGHT MILLISECONDS`.

import { connect } from './client.mjs'

const [name, url, inFlight, duration] = process.argv.slice(2)
console.log = console.info = console.debug = console.error
const iii = await connect(name, url, 'bench-caller')
const payload = { id: 7, text: 'x'.repeat(40) }
const request = { function_id: 'bench::echo', payload }

async function loop(until, times) {
  while (performance.now() < until) {
    const began = performance.now()
    await iii.trigger(request)
    times.push(performance.now() - began)
  }
}

async function run(milliseconds) {
  const times = []
  const began = performance.now()
  const loops = Array.from({ length: Number(inFlight) }, () => loop(began + milliseconds, times))
  await Promise.all(loops)
  return { times, elapsed: performance.now() - began }
}

const warm = await run(Math.min(Number(duration), 1000))
const before = process.cpuUsage()
const { times, elapsed } = await run(Number(duration))
const used = process.cpuUsage(before)
times.sort((a, b) => a - b)
const at = (share) => Math.round(times[Math.floor(times.length * share)] * 1000)
const result = {
  calls_per_s: Math.round((times.length * 1000) / elapsed),
  p50_us: at(0.5),
  p99_us: at(0.99),
  // Of this process, for each call: says more than rates on a machine that does other things too.
  cpu_us: Math.round(((used.user + used.system) / times.length) * 10) / 10,
  calls: warm.times.length + times.length,
}
process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0))
