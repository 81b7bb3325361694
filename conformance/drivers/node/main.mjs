// The driver of the TypeScript SDK on Node. The contract is ../../README.md.

import { createInterface } from 'node:readline'
import * as helpers from '../../../sdk/typescript/dist/node/helpers.js'
import * as kit from '../../../sdk/typescript/dist/node.js'
import { Driver } from './driver.mjs'

const driver = new Driver({
  kit,
  helpers,
  about: { language: 'typescript', features: ['mint', 'read_pressure', 'refused_upgrade'] },
  follows: true,
  write: (line) => process.stdout.write(`${JSON.stringify(line)}\n`),
})

const lines = createInterface({ input: process.stdin })
lines.on('line', (line) => driver.answer(line))
lines.on('close', () => driver.shutDownAll())
