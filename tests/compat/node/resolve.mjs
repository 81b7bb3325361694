// Lets the same programs run on another package: `node --import ./resolve.mjs main.mjs ...`. Only
// what is imported changes. `III_COMPAT_PACKAGE` names the folder of the package.

import { register } from 'node:module'
import { pathToFileURL } from 'node:url'

const folder = process.env.III_COMPAT_PACKAGE
if (folder) {
  const data = { folder: pathToFileURL(`${folder}/`).href }
  register('./resolve_hook.mjs', import.meta.url, { data })
}
