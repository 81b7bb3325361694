// The packages under test, behind one shape.

import { fileURLToPath } from 'node:url'

const KIT = fileURLToPath(new URL('../../../sdk/typescript/dist/node.js', import.meta.url))

const PACKAGES = {
  'iii-kit': { path: KIT, options: {} },
  'iii-sdk': { path: 'iii-sdk', options: { otel: { enabled: false } } },
  // What a program gets that says nothing about telemetry.
  'iii-sdk with telemetry': { path: 'iii-sdk', options: {} },
}

export const NAMES = Object.keys(PACKAGES)

/** Connects a worker with a package. */
export async function connect(name, url, workerName) {
  const { path, options } = PACKAGES[name]
  const { registerWorker } = await import(path)
  return registerWorker(url, { workerName, ...options })
}
