// Echo calls through one engine, with each package as caller, as worker and as both:
// `main.mjs [ROUNDS] [ROLES]`. The engine's binary is in the environment variable III_BIN. One
// line of JSON for each figure; where the role is not `both`, the other side is iii-kit, so that
// only one thing differs.

import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { NAMES } from './client.mjs'

const MILLISECONDS = 2000
const binary = process.env.III_BIN
if (!binary) {
  console.error('III_BIN is not set: it names the engine to measure with')
  process.exit(2)
}
const rounds = Number(process.argv[2] ?? 3)
const roles = process.argv[3]?.split(',') ?? ['both', 'caller', 'worker']
const folder = mkdtempSync(join(tmpdir(), 'iii-bench-'))
const config = 'listeners:\n  - bind: 127.0.0.1:0\nworkers: []\n'
writeFileSync(join(folder, 'iii-config.yaml'), config)

const script = (name) => fileURLToPath(new URL(name, import.meta.url))

function lines(child) {
  const iterator = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return async () => {
    const { value, done } = await iterator.next()
    if (done) throw new Error('it ended without a word')
    return value
  }
}

const engine = spawn(binary, ['serve', '--json'], {
  cwd: folder,
  stdio: ['ignore', 'pipe', 'ignore'],
})
const url = JSON.parse(await lines(engine)()).listeners[0]

async function measure({ role, in_flight, package: name }) {
  const caller = role === 'worker' ? 'iii-kit' : name
  const worker = role === 'caller' ? 'iii-kit' : name
  const other = spawn(process.execPath, [script('worker.mjs'), worker, url], {
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  const next = lines(other)
  await next()
  const args = [script('caller.mjs'), caller, url, String(in_flight), String(MILLISECONDS)]
  const output = execFileSync(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] })
  const { calls, ...figures } = JSON.parse(output)
  other.stdin.end()
  const used = Number(await next())
  const workerUs = Math.round((used / calls) * 10) / 10
  if (role === 'worker') figures.cpu_us = workerUs
  if (role === 'both') figures.cpu_us = Math.round((figures.cpu_us + workerUs) * 10) / 10
  return figures
}

const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)]

const cases = roles.flatMap((role) =>
  [64, 1].flatMap((in_flight) => NAMES.map((name) => ({ role, in_flight, package: name }))),
)
try {
  // Round by round, so that what else the machine does hurts all alike.
  const runs = new Map(cases.map((entry) => [entry, []]))
  for (let round = 0; round < rounds; round++) {
    for (const entry of cases) {
      runs.get(entry).push(await measure(entry))
    }
  }
  for (const [entry, figures] of runs) {
    const over = (key) => median(figures.map((figure) => figure[key]))
    const keys = ['calls_per_s', 'p50_us', 'p99_us', 'cpu_us']
    const summary = Object.fromEntries(keys.map((key) => [key, over(key)]))
    process.stdout.write(`${JSON.stringify({ ...entry, ...summary })}\n`)
  }
} finally {
  const ended = new Promise((resolve) => engine.once('exit', resolve))
  engine.kill('SIGTERM')
  await ended
  rmSync(folder, { recursive: true, force: true })
}
