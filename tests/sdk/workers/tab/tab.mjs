// A tab of a real browser, told what to do by lines on standard input: an address opens the page
// there, and any other line is an expression that is evaluated in the page opened last. The first
// line on standard output is where the page is served; then comes whatever pages say, and the
// values of expressions, as JSON.

import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { createInterface } from 'node:readline'
import { Browser } from '../../../../conformance/drivers/browser/browser.mjs'

const kit = new URL('../../../../sdk/typescript/dist/', import.meta.url)
const here = (name) => new URL(name, import.meta.url)
const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`)

const server = createServer(async (request, response) => {
  const { pathname } = new URL(request.url, 'http://page')
  const script = pathname.endsWith('.js') || pathname.endsWith('.mjs')
  const file = pathname.startsWith('/kit/')
    ? new URL(pathname.slice(5), kit)
    : here(script ? 'page.mjs' : 'page.html')
  response.setHeader('content-type', script ? 'text/javascript' : 'text/html')
  response.end(await readFile(file).catch(() => ''))
})
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
const browser = await Browser.start(process.env.CHROMIUM ?? 'chromium')
say(`http://127.0.0.1:${server.address().port}`)

let page
const lines = createInterface({ input: process.stdin })
for await (const line of lines) {
  if (line.startsWith('http://')) {
    const logged = (text) => process.stderr.write(`${text}\n`)
    page = await browser.open(line, { said: (text) => say(text), logged })
  } else {
    const { result } = await page.run(line)
    say(result.value ?? null)
  }
}
await browser.close()
server.close()
server.closeAllConnections()
