// The driver of the TypeScript SDK in a page of a real browser, headless Chromium. The page has the
// driver; this program serves the page, starts the browser and carries lines to and fro. The
// contract is ../../README.md. The browser's binary is in CHROMIUM, else `chromium` on the path.

import { createInterface } from 'node:readline'
import { Browser } from './browser.mjs'
import { serve } from './server.mjs'

const server = await serve()
const browser = await Browser.start(process.env.CHROMIUM ?? 'chromium')
const { port } = server.address()
const page = await browser.open(`http://127.0.0.1:${port}/`, {
  said: (line) => process.stdout.write(`${line}\n`),
  logged: (text) => process.stderr.write(`${text}\n`),
})

const lines = createInterface({ input: process.stdin })
lines.on('line', (line) => page.run(`hear(${JSON.stringify(line)})`))
lines.on('close', async () => {
  await page.run('leave()')
  await browser.close()
  server.close()
  server.closeAllConnections()
})
