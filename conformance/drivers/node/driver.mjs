// What every operation does, on any platform. One short arm for each.

import { behave, Holds } from './behaviours.mjs'
import { summary, toBase64, writeItem } from './channels.mjs'

/** What an operation fails with. */
export function failure(error) {
  const { code = 'driver', message, detail, stacktrace } = error ?? {}
  return { code, message: detail ?? message ?? String(error), stacktrace }
}

function unknown(what, name) {
  return Object.assign(new Error(`no ${what} \`${name}\``), { code: 'driver' })
}

/** The published name of the last state is another one. */
const STATES = { disconnected: 'closed' }

export class Driver {
  #parts
  #clients = new Map()
  #triggers = new Map()
  #signals = new Map()
  #ends = new Map()
  #holds = new Holds()

  constructor(parts) {
    this.#parts = parts
  }

  async answer(line) {
    const { id, op, ...request } = JSON.parse(line)
    try {
      const operation = this.#operations[op]
      if (operation === undefined) throw unknown('operation', op)
      this.#parts.write({ id, ok: await operation(request) })
    } catch (error) {
      this.#parts.write({ id, error: failure(error) })
    }
  }

  /** The runner has no more requests. */
  async shutDownAll() {
    const clients = [...this.#clients.values()]
    await Promise.all(clients.map(({ iii }) => iii.shutdown({ drainTimeoutMs: 0 })))
  }

  #operations = {
    about: () => ({ sdk: 'iii-kit', version: this.#parts.kit.VERSION, ...this.#parts.about }),
    connect: (request) => this.#connect(request),
    shutdown: ({ client }) => this.#shutdown(client),
    register_function: (request) => this.#registerFunction(request),
    unregister_function: ({ client, function: id }) => this.#unregister(client, 'functions', id),
    trigger: (request) => this.#trigger(request),
    abort: ({ signal }) => this.#signal(signal).abort(),
    release: (request) => this.#holds.release(request),
    register_trigger_type: (request) => this.#registerTriggerType(request),
    unregister_trigger_type: ({ client, trigger_type }) =>
      this.#unregister(client, 'types', trigger_type),
    fire: (request) => this.#fire(request),
    register_trigger: (request) => this.#registerTrigger(request),
    unregister_trigger: ({ trigger }) => {
      this.#named(this.#triggers, 'trigger', trigger).unregister()
    },
    create_channel: ({ client, buffer }) => this.#createChannel(client, buffer),
    mint_channel: ({ client }) => this.#client(client).iii.mintChannelRefs(),
    open_writer: ({ client, end, ref }) => {
      this.#ends.set(end, this.#client(client).iii.openWriter(ref))
    },
    open_reader: ({ client, end, ref }) => {
      this.#ends.set(end, this.#client(client).iii.openReader(ref))
    },
    write: ({ end, ...item }) => writeItem(this.#end(end), item),
    read: ({ end }) => this.#read(this.#end(end)),
    read_all: ({ end }) => summary(this.#end(end)),
    close: ({ end }) => this.#end(end).close(),
    abort_end: ({ end }) => this.#abortEnd(this.#end(end)),
  }

  #named(map, what, name) {
    const found = map.get(name)
    if (found === undefined) throw unknown(what, name)
    return found
  }

  #client(name) {
    return this.#named(this.#clients, 'client', name)
  }

  #end(name) {
    return this.#named(this.#ends, 'end', name)
  }

  #signal(name) {
    if (!this.#signals.has(name)) this.#signals.set(name, new AbortController())
    return this.#signals.get(name)
  }

  #connect({ client, url, ...wanted }) {
    const { offline_calls_max, heartbeat_ms } = wanted
    const limits = {}
    if (offline_calls_max !== undefined) limits.offlineCallsMax = offline_calls_max
    if (heartbeat_ms !== undefined) limits.heartbeatMs = heartbeat_ms
    const iii = this.#parts.kit.registerWorker(url, {
      workerName: wanted.name,
      workerDescription: wanted.description,
      namespace: wanted.namespace,
      token: wanted.token,
      invocationTimeoutMs: wanted.invocation_timeout_ms,
      development: wanted.development ?? false,
      limits,
    })
    const tell = (state) =>
      this.#parts.write({ event: 'state', client, state: STATES[state] ?? state })
    tell(iii.getConnectionState())
    iii.addConnectionStateListener(tell)
    this.#clients.set(client, { iii, functions: new Map(), types: new Map(), bound: new Map() })
  }

  async #shutdown(name) {
    const { iii } = this.#client(name)
    this.#clients.delete(name)
    await iii.shutdown()
  }

  async #registerFunction({ client, function: id, behaviour, ...options }) {
    const { iii, functions } = this.#client(client)
    const { write, follows } = this.#parts
    const host = { iii, holds: this.#holds, write, follows }
    const handler = (input, context) => behave(host, behaviour, input, context)
    functions.set(id, await iii.registerFunction(id, handler, options))
  }

  #unregister(client, kind, id) {
    const registered = this.#client(client)[kind]
    this.#named(registered, kind, id).unregister()
    registered.delete(id)
  }

  #trigger({ client, function: function_id, fill, data, timeout_ms, signal, ...more }) {
    return this.#client(client).iii.trigger({
      function_id,
      payload: fill === undefined ? data : 'x'.repeat(fill),
      timeoutMs: timeout_ms,
      signal: signal === undefined ? undefined : this.#signal(signal).signal,
      ...more,
    })
  }

  async #registerTriggerType({ client, trigger_type, description, refuse }) {
    const { iii, types, bound } = this.#client(client)
    const { write } = this.#parts
    const registered = await iii.registerTriggerType(
      { id: trigger_type, description },
      {
        registerTrigger(trigger) {
          if (refuse !== undefined) throw Object.assign(new Error(refuse.message), refuse)
          const { id, function_id, config, metadata, namespace } = trigger
          bound.set(`${trigger_type}/${id}`, trigger)
          const shown = { id, function_id, config, metadata, namespace }
          write({ event: 'bound', trigger_type, trigger: shown })
        },
        unregisterTrigger({ id }) {
          bound.delete(`${trigger_type}/${id}`)
          write({ event: 'unbound', trigger_type, id })
        },
      },
    )
    types.set(trigger_type, registered)
  }

  async #fire({ client, trigger_type, trigger, payload }) {
    const { bound } = this.#client(client)
    const found = this.#named(bound, 'bound trigger', `${trigger_type}/${trigger}`)
    const fired = await found.fire(payload)
    if (fired.blocked) return { blocked: true }
    return { ran: fired.result === undefined ? true : fired.result }
  }

  async #registerTrigger({ client, trigger, trigger_type: type, function: function_id, ...more }) {
    const { iii } = this.#client(client)
    this.#triggers.set(trigger, await iii.registerTrigger({ type, function_id, ...more }))
  }

  async #createChannel(client, buffer) {
    const channel = await this.#parts.helpers.createChannel(this.#client(client).iii, buffer)
    return { reader: channel.readerRef, writer: channel.writerRef }
  }

  async #read(reader) {
    const item = await reader.next()
    if (item === undefined) return { end: 'eof' }
    return item.type === 'text' ? { text: item.value } : { base64: toBase64(item.value) }
  }

  #abortEnd(end) {
    return end.abort === undefined ? end.close() : end.abort()
  }
}
