/** The package as it is shipped: packed, installed into an empty project without a network, run. */

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { VERSION } from '../src/version.ts'
import { pkg, repository } from './places.ts'

const read = (name: string, base = pkg) => readFileSync(new URL(name, base), 'utf8')
const manifest = JSON.parse(read('package.json')) as {
  version: string
  dependencies?: object
  exports: Record<string, unknown>
}

test('a project that installs the package can use every entry', () => {
  const project = mkdtempSync(join(tmpdir(), 'iii-kit-pack-'))
  // Nothing of the machine's own settings has a say, and nothing can be fetched.
  const env = { PATH: process.env.PATH, HOME: project, npm_config_offline: 'true' }
  const run = (command: string, args: string[], cwd: string) =>
    execFileSync(command, args, { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  try {
    const here = fileURLToPath(pkg)
    run('npm', ['pack', '--ignore-scripts', '--pack-destination', project, here], project)
    writeFileSync(join(project, 'package.json'), '{"private":true,"type":"module"}')
    run('npm', ['install', '--no-audit', '--no-fund', `./iii-kit-${VERSION}.tgz`], project)
    const entries = Object.keys(manifest.exports).map((entry) => entry.replace('.', 'iii-kit'))
    const modules = entries.filter((entry) => !entry.endsWith('package.json'))
    const program = `
      const found = {}
      for (const name of ${JSON.stringify(modules)}) found[name] = Object.keys(await import(name))
      const { registerWorker } = await import('iii-kit')
      const iii = registerWorker('ws://127.0.0.1:1', { workerName: 'packed', log() {} })
      await iii.shutdown()
      process.stdout.write(JSON.stringify(found))`
    const output = run(process.execPath, ['--input-type=module', '--eval', program], project)
    const found = JSON.parse(output) as Record<string, string[]>
    for (const name of ['registerWorker', 'TriggerAction', 'Logger', 'InvocationError']) {
      for (const entry of ['iii-kit', 'iii-kit/browser', 'iii-kit/compat']) {
        assert.ok(found[entry]?.includes(name), `${entry}: ${name}`)
      }
    }
    checkTypes(project)
    assert.ok(found['iii-kit/helpers']?.includes('createChannel'))
    assert.ok(found['iii-kit/http']?.includes('http'))
  } finally {
    rmSync(project, { recursive: true, force: true })
  }
})

/** Compiles programs against the installed package: one for Node, one for pages. */
function checkTypes(project: string): void {
  const program = (name: string) => `import { registerWorker } from '${name}'
export const iii = registerWorker('ws://localhost:49134')
export const total: Promise<number> = iii.trigger<number>({ function_id: 'a::b' })`
  const common = { strict: true, noEmit: true, skipLibCheck: false, target: 'ES2022' }
  const node = { ...common, module: 'NodeNext', lib: ['ES2022'], types: ['node'] }
  const typeRoots = [fileURLToPath(new URL('node_modules/@types', pkg))]
  const page = { ...common, module: 'ESNext', moduleResolution: 'bundler', types: [] }
  const lib = ['ES2022', 'DOM', 'DOM.Iterable', 'DOM.AsyncIterable']
  for (const [name, entry, compilerOptions] of [
    ['node', 'iii-kit', { ...node, typeRoots }],
    ['page', 'iii-kit/browser', { ...page, lib }],
  ] as const) {
    writeFileSync(join(project, `${name}.ts`), program(entry))
    const config = { compilerOptions, files: [`${name}.ts`] }
    writeFileSync(join(project, `${name}.json`), JSON.stringify(config))
    const compiler = fileURLToPath(new URL('node_modules/typescript/bin/tsc', pkg))
    try {
      const args = [compiler, '--project', `${name}.json`]
      execFileSync(process.execPath, args, { cwd: project, encoding: 'utf8' })
    } catch (error) {
      assert.fail((error as { stdout: string }).stdout)
    }
  }
}

test('the same sources pack to the same bytes, wherever and whenever', () => {
  const folder = mkdtempSync(join(tmpdir(), 'iii-kit-twice-'))
  try {
    const packed = ['one', 'other'].map((name) => {
      const [copy, to] = [join(folder, name), join(folder, `${name}-packed`)]
      mkdirSync(to)
      for (const part of ['package.json', 'README.md', 'src', 'dist']) {
        const from = fileURLToPath(new URL(part, pkg))
        cpSync(from, join(copy, part), { recursive: true })
      }
      // Another time, and other permissions: a clone has those of whoever cloned.
      for (const file of name === 'other' ? ['package.json', 'src/node.ts', 'dist/node.js'] : []) {
        utimesSync(join(copy, file), 1_000_000, 1_000_000)
        chmodSync(join(copy, file), 0o600)
      }
      const args = [fileURLToPath(new URL('tools/pack.mjs', pkg)), to, copy]
      execFileSync(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
      return readFileSync(join(to, `iii-kit-${VERSION}.tgz`))
    })
    assert.ok(packed[0]?.equals(packed[1] as Buffer))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

test('versions agree, nothing is depended on, codes are those of the protocol', () => {
  assert.equal(manifest.version, VERSION)
  assert.equal(manifest.dependencies, undefined)
  assert.equal(read('src/errors_gen.ts'), read('protocol/generated/errors.ts', repository))
})

test('the core and the browser entry ask Node for nothing', () => {
  const seen = new Set<string>()
  const visit = (name: string) => {
    if (seen.has(name)) return
    seen.add(name)
    const text = read(`src/${name}`)
    assert.doesNotMatch(text, /from 'node:/, name)
    for (const [, target = ''] of text.matchAll(/from '(\.[^']+)'/g)) {
      visit(new URL(target, `file:///${name}`).pathname.slice(1))
    }
  }
  for (const entry of [
    'browser.ts',
    'helpers.ts',
    'entries/observability_browser.ts',
    'entries/compat_browser.ts',
  ]) {
    visit(entry)
  }
  assert.ok(seen.size > 30)
})
