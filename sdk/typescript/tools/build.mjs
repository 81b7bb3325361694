// Builds the package: `build.mjs [FOLDER]`. With a folder the whole package is put there, ready to
// be installed by its path; without one `dist` is written here.

import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = fileURLToPath(new URL('..', import.meta.url))
const [folder = here] = process.argv.slice(2)
const dist = join(folder, 'dist')
rmSync(dist, { recursive: true, force: true })
mkdirSync(dist, { recursive: true })
const compiler = join(here, 'node_modules', 'typescript', 'bin', 'tsc')
execFileSync(
  process.execPath,
  [compiler, '--project', join(here, 'tsconfig.json'), '--outDir', dist],
  {
    stdio: 'inherit',
  },
)
if (folder !== here) {
  for (const file of ['package.json', 'README.md', 'src']) {
    cpSync(join(here, file), join(folder, file), { recursive: true })
  }
}
