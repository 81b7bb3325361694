// Names checks, runs them and prints one JSON line for each.

import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual, inspect } from 'node:util'

// How long anything may take that is not itself about waiting.
export const PATIENCE_MS = 20_000

const checks = []

/** Registers a check under its name; it fails by throwing. */
export function check(name, run) {
  checks.push({ name, run })
}

export function say(line) {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}

export async function runAll(world) {
  for (const { name, run } of checks) {
    const started = performance.now()
    let outcome = { ok: true }
    try {
      await run(world)
    } catch (error) {
      outcome = { ok: false, detail: error?.stack ?? inspect(error) }
    }
    say({ check: name, ...outcome, ms: Math.round(performance.now() - started) })
  }
}

export function expect(actual, wanted) {
  if (!isDeepStrictEqual(actual, wanted)) {
    const shown = (value) => inspect(value, { depth: 9 })
    throw new Error(`expected ${shown(wanted)}, got ${shown(actual)}`)
  }
}

/** The first true answer of `probe`; registrations of this client cannot be awaited. */
export async function eventually(what, probe) {
  const deadline = performance.now() + PATIENCE_MS
  let last
  while (performance.now() < deadline) {
    try {
      last = await probe()
      if (last) return last
    } catch (error) {
      last = error
    }
    await sleep(20)
  }
  throw new Error(`${what}: never happened, last ${inspect(last)}`)
}

/** Collects what handlers receive. */
export class Inbox {
  items = []

  put = (item) => {
    this.items.push(item)
  }

  async take(matches = () => true) {
    const item = await eventually('something comes', () => {
      const at = this.items.findIndex(matches)
      return at < 0 ? undefined : { value: this.items.splice(at, 1)[0] }
    })
    return item.value
  }
}
