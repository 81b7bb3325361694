/** A real engine as a process of its own, on ports that the system chooses. */

import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/** Names the engine's binary; without it tests that need one are skipped, visibly. */
export const BINARY = process.env.III_BIN
export const skip = BINARY ? false : 'III_BIN is not set'

const CONFIG = `listeners:
  - bind: 127.0.0.1:\${III_TEST_PORT:0}
    allowed_origins: ["http://page.test"]
workers:
  - name: state
  - name: http
    config:
      port: \${III_TEST_HTTP_PORT:0}
`

interface Ready {
  listeners: string[]
  workers: { name: string; address?: string }[]
}

export class Engine {
  readonly #folder = mkdtempSync(join(tmpdir(), 'iii-kit-test-'))
  #process: ChildProcess | undefined
  url = ''
  httpUrl = ''

  static async start(config = CONFIG): Promise<Engine> {
    const engine = new Engine()
    writeFileSync(join(engine.#folder, 'iii-config.yaml'), config)
    await engine.#spawn({})
    return engine
  }

  /** What admits those who run this engine. */
  get operatorToken(): string {
    return readFileSync(join(this.#folder, '.iii/data/operator-token'), 'utf8').trim()
  }

  /** Kills it and starts it again on the same ports. */
  async restart(): Promise<void> {
    const [port, http] = [this.url, this.httpUrl].map((url) => (url ? new URL(url).port : ''))
    await this.kill()
    await this.#spawn({ III_TEST_PORT: port, III_TEST_HTTP_PORT: http })
  }

  async kill(): Promise<void> {
    const engine = this.#process
    if (engine === undefined || engine.exitCode !== null || engine.signalCode !== null) return
    const ended = new Promise((resolve) => engine.once('exit', resolve))
    engine.kill('SIGKILL')
    await ended
  }

  async stop(): Promise<void> {
    await this.kill()
    rmSync(this.#folder, { recursive: true, force: true })
  }

  async #spawn(env: Record<string, string | undefined>): Promise<void> {
    const engine = spawn(String(BINARY), ['serve', '--json'], {
      cwd: this.#folder,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    this.#process = engine
    for await (const line of createInterface({ input: engine.stdout })) {
      const ready = JSON.parse(line) as Ready
      this.url = ready.listeners[0] ?? ''
      this.httpUrl = ready.workers.find(({ name }) => name === 'http')?.address ?? ''
      return
    }
    throw new Error('the engine ended without a word')
  }
}
