/** Documentation is executed: the README's quickstart runs, and every example compiles. */

import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Engine, skip } from './engine.ts'
import { pkg } from './places.ts'

const file = (name: string) => fileURLToPath(new URL(name, pkg))
const sources = (readdirSync(file('src'), { recursive: true }) as string[])
  .filter((name) => name.endsWith('.ts'))
  .map((name) => ({ name, text: readFileSync(file(`src/${name}`), 'utf8') }))

test('the quickstart of the README runs', { skip }, async () => {
  const program = /```js\n([\s\S]*?)```/.exec(readFileSync(file('README.md'), 'utf8'))?.[1]
  assert.ok(program)
  const engine = await Engine.start()
  try {
    const here = program.replace('ws://localhost:49134', engine.url)
    const ran = spawnSync(process.execPath, ['--input-type=module', '--eval', here], {
      // A package is found by its own name from within.
      cwd: file('.'),
      encoding: 'utf8',
      timeout: 20_000,
    })
    assert.deepEqual([ran.status, ran.stdout], [0, '{ total: 7 }\n'], ran.stderr)
    assert.match(ran.stderr, /adding up/)
  } finally {
    await engine.stop()
  }
})

test('every example compiles', () => {
  const folder = file('build/examples')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  let count = 0
  for (const { name, text } of sources) {
    for (const [, block = ''] of text.matchAll(/\* ```ts\n([\s\S]*?)\* ```/g)) {
      count += 1
      const code = block.replaceAll(/^ *\* ?/gm, '')
      writeFileSync(
        `${folder}/${name.replaceAll(/[/.]/g, '_')}_${count}.ts`,
        `${code}\nexport {}\n`,
      )
    }
  }
  assert.ok(count > 30, `only ${count} examples`)
  const config = {
    extends: '../../tsconfig.json',
    compilerOptions: {
      noEmit: true,
      rootDir: '../..',
      noUnusedLocals: false,
      noUnusedParameters: false,
    },
    include: ['.'],
  }
  writeFileSync(`${folder}/tsconfig.json`, JSON.stringify(config))
  const compiler = file('node_modules/typescript/bin/tsc')
  try {
    execFileSync(process.execPath, [compiler, '--project', folder], { encoding: 'utf8' })
  } catch (error) {
    assert.fail((error as { stdout: string }).stdout)
  }
})

test('everything that can be imported has an example', async () => {
  const { exports } = JSON.parse(readFileSync(file('package.json'), 'utf8')) as {
    exports: Record<string, unknown>
  }
  const names = new Set<string>()
  for (const entry of Object.keys(exports).filter((entry) => !entry.endsWith('.json'))) {
    const module = (await import(entry.replace('.', 'iii-kit'))) as object
    for (const name of Object.keys(module)) names.add(name)
  }
  assert.ok(names.size > 40, `only ${names.size} names`)
  const without = [...names].filter((name) => !documented(name) && !GENERATED.has(name))
  assert.deepEqual(without, [])
})

/** Written by a generator. */
const GENERATED = new Set(['ERRORS'])

/** Whether a declaration of that name comes behind a comment with an example. */
function documented(name: string): boolean {
  const declaration = new RegExp(`\\*/\\nexport (?:async )?(?:function|class|const) ${name}\\b`)
  return sources.some(({ text }) => {
    const at = text.search(declaration)
    return at >= 0 && text.slice(text.lastIndexOf('/**', at), at).includes('@example')
  })
}
