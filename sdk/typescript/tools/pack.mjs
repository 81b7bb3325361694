// Packs the package as it is built: `pack.mjs TO [FROM]`. The same sources are the same bytes: npm
// gives every entry one time, and a copy gives every file the same permissions, whoever cloned it.

import { execFileSync } from 'node:child_process'
import { chmodSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const [to, from = fileURLToPath(new URL('..', import.meta.url))] = process.argv.slice(2)
const stage = mkdtempSync(join(tmpdir(), 'iii-kit-stage-'))
try {
  const { files } = JSON.parse(readFileSync(join(from, 'package.json'), 'utf8'))
  for (const part of ['package.json', ...files]) {
    cpSync(join(from, part), join(stage, part), { recursive: true })
  }
  for (const entry of readdirSync(stage, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath ?? entry.path, entry.name)
    chmodSync(path, entry.isDirectory() ? 0o755 : 0o644)
  }
  const pack = ['pack', '--ignore-scripts', '--loglevel=error', '--pack-destination', resolve(to)]
  execFileSync('npm', pack, { cwd: stage, stdio: ['ignore', 'inherit', 'inherit'] })
} finally {
  rmSync(stage, { recursive: true, force: true })
}
