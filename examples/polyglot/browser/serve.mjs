// Serves the page and the SDK's files, on a port that the system chooses; prints where.

import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const sdk = dirname(dirname(fileURLToPath(import.meta.resolve('iii-kit'))))
const types = { html: 'text/html', js: 'text/javascript', mjs: 'text/javascript' }

const server = createServer(async (request, response) => {
  const path = normalize(new URL(request.url, 'http://page').pathname)
  const name = path === '/' ? '/index.html' : path
  const file = name.startsWith('/iii-kit/') ? join(sdk, name.slice(8)) : join(here, name)
  try {
    const type = types[file.split('.').at(-1)] ?? 'text/plain'
    const content = await readFile(file)
    response.writeHead(200, { 'content-type': `${type}; charset=utf-8` })
    response.end(content)
  } catch {
    response.writeHead(404).end()
  }
})
server.listen(0, '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${server.address().port}`)
})
process.on('SIGTERM', () => {
  server.closeAllConnections()
  server.close()
})
