// Echo calls through one engine, with each package as caller, as worker and as both:
// `main.mjs [ROUNDS] [ROLES] [PACKAGES]`. The engine's binary is in the environment variable
// III_BIN, that of the load generator in III_LOAD: where the role is not `both` it is the other
// side, because it costs little beside what is measured. One line of JSON for each figure.

import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { NAMES } from './client.mjs'

const MILLISECONDS = 1500
const { III_BIN: binary, III_LOAD: load } = process.env
if (!binary || !load) {
  console.error('III_BIN names the engine to measure with, III_LOAD the load generator')
  process.exit(2)
}
const rounds = Number(process.argv[2] ?? 3)
const roles = process.argv[3]?.split(',') ?? ['both', 'caller', 'worker']
const packages = process.argv[4]?.split(',') ?? NAMES
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

const generator = ['--addr', new URL(url).host]

/** A worker in a process of its own; what it is told to end by, and what it says then. */
async function worker(name) {
  const stdio = ['pipe', 'pipe', 'ignore']
  const other = name
    ? spawn(process.execPath, [script('worker.mjs'), name, url], { stdio })
    : spawn(load, [...generator, 'echo-worker'], { stdio })
  const next = lines(other)
  await next()
  const ended = new Promise((resolve) => other.once('exit', resolve))
  return async () => {
    let used
    if (name) {
      other.stdin.end()
      used = Number(await next())
    } else other.kill('SIGKILL')
    // The next one takes the function over: it has to be free by then.
    await ended
    return used
  }
}

/** Calls by a package. */
function calledBy(name, inFlight) {
  const args = [script('caller.mjs'), name, url, String(inFlight), String(MILLISECONDS)]
  return JSON.parse(execFileSync(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] }))
}

/** Calls by the load generator, which sends what the others send. */
function calledByGenerator(inFlight) {
  const data = JSON.stringify({ id: 7, text: 'x'.repeat(40) })
  const seconds = String((MILLISECONDS + 1000) / 1000)
  const plan = ['--function', 'bench::echo', '--data', data, '--seconds', seconds]
  const args = [...generator, 'call', ...plan, '--window', String(inFlight)]
  const line = execFileSync(load, args, { encoding: 'utf8' })
  const figure = (key) => Number(new RegExp(` ${key}=([0-9.]+)`).exec(line)?.[1])
  const calls = figure('ok')
  return { calls_per_s: figure('rate'), p50_us: figure('p50'), p99_us: figure('p99'), calls }
}

async function measure({ role, in_flight, package: name }) {
  const end = await worker(role === 'caller' ? undefined : name)
  const { calls, ...figures } =
    role === 'worker' ? calledByGenerator(in_flight) : calledBy(name, in_flight)
  const used = await end()
  if (role === 'worker') figures.cpu_us = 0
  if (role !== 'caller') figures.cpu_us += used / calls
  figures.cpu_us = Math.round(figures.cpu_us * 10) / 10
  return figures
}

const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)]

const cases = roles.flatMap((role) =>
  [64, 1].flatMap((in_flight) => packages.map((name) => ({ role, in_flight, package: name }))),
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
