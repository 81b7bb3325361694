// A worker with one function that gives back what it is given: `worker.mjs PACKAGE URL`.

import { connect } from './client.mjs'

const [name, url] = process.argv.slice(2)
// Standard output is for the parent.
console.log = console.info = console.debug = console.error
const iii = await connect(name, url, 'bench-worker')
iii.registerFunction('bench::echo', async (data) => data)
const ready = async () => {
  for (;;) {
    try {
      return await iii.trigger({ function_id: 'bench::echo', payload: 1, timeoutMs: 1000 })
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
}
await ready()
const before = process.cpuUsage()
process.stdout.write('ready\n')
process.stdin.on('end', () => {
  const used = process.cpuUsage(before)
  process.stdout.write(`${used.user + used.system}\n`, () => process.exit(0))
})
process.stdin.resume()
