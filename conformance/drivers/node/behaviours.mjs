// What functions do.

import { summary, writeItem } from './channels.mjs'

/** The asynchronous pause of `gap`. */
const GAP_MS = 5

/** Handlers that wait to be let go, by the name of their invocation. */
export class Holds {
  #waiting = new Map()
  #named = 0

  name() {
    this.#named += 1
    return `i${this.#named}`
  }

  wait(name) {
    return new Promise((resolve) => this.#waiting.set(name, resolve))
  }

  release({ invocation, ...release }) {
    const resolve = this.#waiting.get(invocation)
    if (resolve === undefined) {
      throw Object.assign(new Error(`nothing holds \`${invocation}\``), { code: 'driver' })
    }
    this.#waiting.delete(invocation)
    resolve(release)
  }
}

export async function behave(host, behaviour, input, context) {
  const { kind, report } = behaviour
  const name = host.holds.name()
  if (report || kind === 'hold') {
    const { functionId, traceId } = context
    host.write({ event: 'called', function: functionId, invocation: name, trace_id: traceId })
  }
  const run = KINDS[kind]
  if (run === undefined) throw new Error(`no behaviour \`${kind}\``)
  return run({ host, behaviour, input, context, name })
}

const KINDS = {
  echo: ({ input }) => input,
  return: ({ behaviour: { value, fill } }) => (fill === undefined ? value : 'x'.repeat(fill)),
  fail: ({ behaviour: { code, message } }) => {
    throw Object.assign(new Error(message), code === undefined ? {} : { code })
  },
  hold,
  context: ({ context }) => ({
    function_id: context.functionId,
    invocation_id: context.invocationId,
    attempt: context.attempt,
    message_id: context.messageId,
    queue: context.delivery?.queue,
    enqueued_at: context.delivery?.enqueued_at,
    deadline_in_ms: context.remainingMs,
    metadata: context.metadata,
    caller: context.caller,
    trace_id: context.traceId,
  }),
  async call({ host, behaviour, context }) {
    const { function: function_id, data: payload, timeout_ms: timeoutMs, gap } = behaviour
    if (gap) await new Promise((resolve) => setTimeout(resolve, GAP_MS))
    // On Node the client knows where it is called; elsewhere the context has to be asked.
    const caller = host.follows ? host.iii : context
    return caller.trigger({ function_id, payload, timeoutMs })
  },
  async write_channel({ behaviour: { items, end }, input: { writer } }) {
    for (const item of items) await writeItem(writer, item)
    await (end === 'abort' ? writer.abort() : writer.close())
  },
  read_channel: ({ input: { reader } }) => summary(reader),
  log({ behaviour: { level, message }, context }) {
    context.logger[level](message)
    return context.traceId
  },
}

async function hold({ host, context, name }) {
  const cancelled = new Promise((resolve) => {
    context.signal.addEventListener('abort', () => resolve('cancelled'))
  })
  const ended = await Promise.race([host.holds.wait(name), cancelled])
  if (ended === 'cancelled') {
    host.write({ event: 'cancelled', invocation: name })
    throw context.signal.reason
  }
  if (ended.error !== undefined) throw Object.assign(new Error(ended.error.message), ended.error)
  return ended.value
}
