// A headless Chromium, driven by its DevTools protocol over a pipe.

import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const ARGUMENTS = [
  '--headless=new',
  '--remote-debugging-pipe',
  '--no-first-run',
  '--no-default-browser-check',
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-extensions',
  '--disable-sync',
]
/** Chromium's own sandbox refuses to run as root, where containers run tests. */
const AS_ROOT = process.getuid?.() === 0 ? ['--no-sandbox'] : []

export class Browser {
  #process
  #folder
  #ended
  /** Parts of a message whose end has not come. */
  #parts = []
  #number = 0
  #waiting = new Map()
  #listeners = []

  static async start(binary) {
    const browser = new Browser()
    browser.#folder = mkdtempSync(join(tmpdir(), 'iii-chromium-'))
    const profile = `--user-data-dir=${browser.#folder}`
    const child = spawn(binary, [...ARGUMENTS, ...AS_ROOT, profile, 'about:blank'], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
    })
    browser.#process = child
    browser.#ended = new Promise((resolve) => child.once('exit', resolve))
    await new Promise((resolve, reject) => {
      child.once('spawn', resolve)
      child.once('error', reject)
    })
    child.stdio[4].setEncoding('utf8').on('data', (chunk) => browser.#received(chunk))
    return browser
  }

  /** Opens a page; resolves once it has said its first word. */
  async open(url, { said, logged }) {
    const { targetId } = await this.#send('Target.createTarget', { url: 'about:blank' })
    const attach = { targetId, flatten: true }
    const { sessionId } = await this.#send('Target.attachToTarget', attach)
    const ready = new Promise((resolve) => {
      this.#listeners.push((message) => {
        if (message.sessionId !== sessionId) return
        const { method, params } = message
        if (method === 'Runtime.bindingCalled') {
          if (params.payload === '') resolve()
          else said(params.payload)
        } else if (method === 'Runtime.consoleAPICalled') {
          logged(params.args.map(({ value, description }) => value ?? description).join(' '))
        } else if (method === 'Runtime.exceptionThrown') {
          logged(params.exceptionDetails.exception?.description ?? 'the page failed')
        }
      })
    })
    await this.#send('Runtime.enable', {}, sessionId)
    await this.#send('Runtime.addBinding', { name: 'say' }, sessionId)
    await this.#send('Page.navigate', { url }, sessionId)
    await ready
    const run = (expression) =>
      this.#send('Runtime.evaluate', { expression, awaitPromise: true }, sessionId)
    return { run }
  }

  async close() {
    // The browser may be gone before it answers.
    void this.#send('Browser.close', {})
    await this.#ended
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5 })
  }

  #send(method, params, sessionId) {
    this.#number += 1
    const id = this.#number
    this.#process.stdio[3].write(`${JSON.stringify({ id, method, params, sessionId })}\0`)
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }))
  }

  #received(chunk) {
    const [first, ...others] = chunk.split('\0')
    // A large message comes in hundreds of chunks: looking through all of them each time would
    // take longer than a scenario may.
    this.#parts.push(first)
    for (const other of others) {
      this.#message(JSON.parse(this.#parts.join('')))
      this.#parts = [other]
    }
  }

  #message(message) {
    const waiting = this.#waiting.get(message.id)
    if (waiting === undefined) {
      for (const listener of this.#listeners) listener(message)
      return
    }
    this.#waiting.delete(message.id)
    if (message.error === undefined) waiting.resolve(message.result)
    else waiting.reject(new Error(message.error.message))
  }
}
