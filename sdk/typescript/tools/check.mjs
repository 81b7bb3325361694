// What CI runs: formatting and lint, types, the package, and all tests.

import { spawn } from 'node:child_process'
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = fileURLToPath(new URL('..', import.meta.url))
const tool = (path) => join(here, 'node_modules', path)
const tsc = tool('typescript/bin/tsc')

function step(name, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: here, stdio: 'inherit' })
    child.once('error', reject)
    child.once('exit', (code) => {
      if (code === 0) resolve()
      else reject(new Error(`${name} failed`))
    })
  })
}

rmSync(join(here, 'build'), { recursive: true, force: true })
try {
  await step('formatting and lint', [tool('@biomejs/biome/bin/biome'), 'ci', '.'])
  await step('the browser entry', [tsc, '--project', 'tsconfig.browser.json'])
  await step('the build', ['tools/build.mjs'])
  // Compiles the type tests as well: what must not compile is marked as such there.
  await step('the types of the tests', [tsc, '--project', 'tsconfig.test.json'])
  const tests = readdirSync(join(here, 'build/test')).filter((name) => name.endsWith('.test.js'))
  const files = tests.map((name) => `build/test/${name}`)
  await step('a test', ['--no-warnings', '--test', '--test-reporter=spec', ...files])
} catch (error) {
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
}
