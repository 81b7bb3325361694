// Serves the page, the SDK as it is built, and the driver, on loopback.

import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'

const here = (path) => new URL(path, import.meta.url)
const FOLDERS = {
  page: here('./'),
  driver: here('../node/'),
  kit: here('../../../sdk/typescript/dist/'),
}
const PAGE = '<!doctype html><meta charset="utf-8"><title>iii</title>'

async function find(path) {
  const [, folder, ...rest] = path.split('/')
  const base = FOLDERS[folder]
  if (base === undefined || rest.includes('..')) return undefined
  try {
    return await readFile(new URL(rest.join('/'), base))
  } catch {
    return undefined
  }
}

/** Starts the server on a port that the system chooses. */
export async function serve() {
  const server = createServer(async (request, response) => {
    if (request.url === '/') {
      response.writeHead(200, { 'content-type': 'text/html' })
      response.end(`${PAGE}<script type="module" src="/page/page.mjs"></script>`)
      return
    }
    const file = await find(request.url ?? '')
    const status = file === undefined ? 404 : 200
    response.writeHead(status, { 'content-type': 'text/javascript' })
    response.end(file)
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}
