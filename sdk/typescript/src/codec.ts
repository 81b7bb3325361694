/** Between messages and their text. */

import { isObject, Raw, utf8Length } from './json.ts'
import type { InvocationResult, InvokeFunction, Message, MessageKind } from './message.ts'
import { type Field, type FieldKind, SHAPES } from './shapes.ts'

/** What can be wrong with a frame, as named in the vectors. */
export type DecodeErrorKind =
  | 'Syntax'
  | 'NotAnObject'
  | 'MissingType'
  | 'UnknownType'
  | 'MissingField'
  | 'WrongFieldType'
  | 'FieldTooLong'

/** A frame that is no valid message. */
export class DecodeError extends Error {
  readonly kind: DecodeErrorKind
  readonly field: string | undefined
  readonly messageType: string | undefined
  /** Whoever waits for this invocation can still be told. */
  readonly invocationId: string | undefined

  constructor(
    kind: DecodeErrorKind,
    more: { field?: string; messageType?: string; invocationId?: string } = {},
  ) {
    super(more.field === undefined ? kind : `${kind}: \`${more.field}\``)
    this.name = 'DecodeError'
    this.kind = kind
    this.field = more.field
    this.messageType = more.messageType
    this.invocationId = more.invocationId
  }
}

const TEXT_BYTES_MAX: Partial<Record<FieldKind, number>> = {
  name: 1024,
  text: 1024,
  invocation: 128,
  trace: 8192,
  description: 65_536,
}
const NUMBER_MAX = 2 ** 64 - 1

/** Reads a frame. Throws a `DecodeError`. */
export function decode(text: string): Message {
  let raw: unknown
  try {
    raw = JSON.parse(text)
  } catch {
    throw new DecodeError('Syntax', salvage(text))
  }
  if (!isObject(raw)) throw new DecodeError('NotAnObject')
  const type = raw.type
  if (typeof type !== 'string') {
    const missing = type === undefined || type === null
    throw new DecodeError(missing ? 'MissingType' : 'WrongFieldType', {
      field: missing ? undefined : 'type',
      invocationId: invocationId(raw),
    })
  }
  const fields = (SHAPES as Partial<Record<string, readonly Field[]>>)[type]
  if (fields === undefined || !Object.hasOwn(SHAPES, type)) {
    if (utf8Length(type) > 1024) throw new DecodeError('FieldTooLong', { field: 'type' })
    throw new DecodeError('UnknownType', { messageType: type, invocationId: invocationId(raw) })
  }
  const usual = type === 'invocationresult' ? usualResult(raw) : usualInvoke(raw, type)
  if (usual !== undefined) return usual
  const message: Record<string, unknown> = { type }
  for (const field of fields) read(raw, field, message, type)
  return message as unknown as Message
}

/**
 * Most messages are calls and results with the fields that they usually have: those are looked at
 * one by one. Whatever else there is, or is missing, is for the table of fields.
 */
function usualResult(raw: Record<string, unknown>): InvocationResult | undefined {
  const { invocation_id, function_id, traceparent } = raw
  const known =
    isShort(invocation_id, 42) &&
    isShort(function_id, 341) &&
    (traceparent === undefined || isShort(traceparent, 2730)) &&
    raw.error === undefined &&
    raw.tracestate === undefined &&
    raw.baggage === undefined &&
    raw.quiet === undefined
  if (!known) return undefined
  const type = 'invocationresult'
  return { type, invocation_id, function_id, result: raw.result, traceparent }
}

function usualInvoke(raw: Record<string, unknown>, type: string): InvokeFunction | undefined {
  if (type !== 'invokefunction') return undefined
  const { invocation_id, function_id, traceparent, caller, timeout_ms } = raw
  const known =
    isShort(invocation_id, 42) &&
    isShort(function_id, 341) &&
    !LONE_SURROGATE.test(function_id) &&
    isShort(traceparent, 2730) &&
    isObject(caller) &&
    Number.isInteger(timeout_ms) &&
    (timeout_ms as number) >= 0 &&
    raw.action === undefined &&
    raw.metadata === undefined &&
    raw.namespace === undefined &&
    raw.tracestate === undefined &&
    raw.baggage === undefined &&
    raw.parent === undefined &&
    raw.attempt === undefined &&
    raw.delivery === undefined
  if (!known) return undefined
  return {
    type,
    invocation_id,
    function_id,
    data: raw.data,
    traceparent,
    caller,
    timeout_ms: timeout_ms as number,
  }
}

/** Whether it is a text that has no more bytes than it may, however they are counted. */
function isShort(value: unknown, unitsMax: number): value is string {
  return typeof value === 'string' && value !== '' && value.length <= unitsMax
}

function read(
  raw: Record<string, unknown>,
  field: Field,
  message: Record<string, unknown>,
  type: string,
): void {
  const value = raw[field.name]
  if (value === undefined || (value === null && field.kind !== 'payload')) {
    if (field.required) throw fault('MissingField', field, raw, type)
    if (field.absent !== undefined) message[field.name] = field.absent
    return
  }
  switch (field.kind) {
    case 'payload':
    case 'json':
      message[field.name] = value
      return
    case 'number':
      if (typeof value !== 'number' || value < 0) throw fault('WrongFieldType', field, raw, type)
      message[field.name] = Math.min(Math.floor(value), NUMBER_MAX)
      return
    case 'flag':
      if (typeof value !== 'boolean') throw fault('WrongFieldType', field, raw, type)
      if (value) message[field.name] = value
      return
    case 'object':
      if (!isObject(value)) throw fault('WrongFieldType', field, raw, type)
      message[field.name] = value
      return
    case 'schema':
      if (!isObject(value) && typeof value !== 'boolean') {
        throw fault('WrongFieldType', field, raw, type)
      }
      message[field.name] = value
      return
    case 'texts':
      if (!Array.isArray(value) || value.some((text) => typeof text !== 'string')) {
        throw fault('WrongFieldType', field, raw, type)
      }
      if (value.length > 0) message[field.name] = value
      return
    default:
      message[field.name] = readText(value, field, raw, type)
  }
}

function readText(
  value: unknown,
  field: Field,
  raw: Record<string, unknown>,
  type: string,
): string {
  if (typeof value !== 'string') throw fault('WrongFieldType', field, raw, type)
  const bytesMax = TEXT_BYTES_MAX[field.kind] ?? 0
  // No character takes more than three bytes for each of its units.
  if (value.length * 3 > bytesMax && utf8Length(value) > bytesMax) {
    throw fault('FieldTooLong', field, raw, type)
  }
  if (value === '' && field.kind === 'name') throw fault('MissingField', field, raw, type)
  if (value === '' && field.kind === 'invocation') throw fault('WrongFieldType', field, raw, type)
  if (field.kind === 'name' && LONE_SURROGATE.test(value)) {
    throw fault('WrongFieldType', field, raw, type)
  }
  return value
}

const LONE_SURROGATE = /\p{Surrogate}/u

function fault(
  kind: DecodeErrorKind,
  field: Field,
  raw: Record<string, unknown>,
  messageType: string,
): DecodeError {
  const named = field.name === 'invocation_id' ? undefined : invocationId(raw)
  return new DecodeError(kind, { field: field.name, messageType, invocationId: named })
}

function invocationId(raw: Record<string, unknown>): string | undefined {
  const id = raw.invocation_id
  return typeof id === 'string' && id !== '' && utf8Length(id) <= 128 ? id : undefined
}

/** What broken JSON still says about who waits for it. */
function salvage(text: string): { messageType?: string; invocationId?: string } {
  const type = /"type"\s*:\s*"([a-z]{1,64})"/.exec(text)
  const id = /"invocation_id"\s*:\s*"([^"\\]{1,128})"/.exec(text)
  return { messageType: type?.[1], invocationId: id?.[1] }
}

/** Writes a message in canonical form. */
export function encode(message: Message): string {
  switch (message.type) {
    case 'invokefunction':
      return encodeInvoke(message)
    case 'invocationresult':
      return encodeResult(message)
    default:
      return encodeFields(message.type, message)
  }
}

function encodeFields(type: MessageKind, message: object): string {
  let text = `{"type":"${type}"`
  for (const field of SHAPES[type]) {
    const value = (message as Record<string, unknown>)[field.name]
    if (value !== undefined) text += `,"${field.name}":${json(value)}`
  }
  return `${text}}`
}

/** Most messages are calls and results, so they are written field by field. */
function encodeInvoke(m: InvokeFunction): string {
  let text = '{"type":"invokefunction"'
  if (m.invocation_id !== undefined) text += `,"invocation_id":${quote(m.invocation_id)}`
  return encodeRest(text, m, m.traceparent === undefined ? undefined : quote(m.traceparent))
}

/**
 * Writes a call whose id this client made, and its trace if `plainTrace` says so: neither has
 * anything to be escaped, and looking for it would take longer than the rest.
 */
export function encodeCall(m: InvokeFunction, plainTrace: boolean): string {
  const text = `{"type":"invokefunction","invocation_id":"${m.invocation_id}"`
  if (plainTrace) return encodeRest(text, m, `"${m.traceparent}"`)
  return encodeRest(text, m, m.traceparent === undefined ? undefined : quote(m.traceparent))
}

function encodeRest(start: string, m: InvokeFunction, traceparent: string | undefined): string {
  let text = `${start},"function_id":${quoteId(m.function_id)}`
  if (m.data !== undefined) text += `,"data":${json(m.data)}`
  if (m.action !== undefined) text += `,"action":${json(m.action)}`
  if (m.metadata !== undefined) text += `,"metadata":${json(m.metadata)}`
  if (m.namespace !== undefined) text += `,"namespace":${quote(m.namespace)}`
  if (traceparent !== undefined) text += `,"traceparent":${traceparent}`
  if (m.tracestate !== undefined) text += `,"tracestate":${quote(m.tracestate)}`
  if (m.baggage !== undefined) text += `,"baggage":${quote(m.baggage)}`
  if (m.caller !== undefined) text += `,"caller":${json(m.caller)}`
  if (m.timeout_ms !== undefined) text += `,"timeout_ms":${m.timeout_ms}`
  if (m.parent !== undefined) text += `,"parent":${quote(m.parent)}`
  if (m.attempt !== undefined) text += `,"attempt":${m.attempt}`
  if (m.delivery !== undefined) text += `,"delivery":${json(m.delivery)}`
  return `${text}}`
}

function encodeResult(m: InvocationResult): string {
  let text = `{"type":"invocationresult","invocation_id":${quote(m.invocation_id)}`
  if (m.function_id !== undefined) text += `,"function_id":${quoteId(m.function_id)}`
  if (m.result !== undefined) text += `,"result":${json(m.result)}`
  if (m.error !== undefined) text += `,"error":${json(m.error)}`
  if (m.traceparent !== undefined) text += `,"traceparent":${quote(m.traceparent)}`
  if (m.tracestate !== undefined) text += `,"tracestate":${quote(m.tracestate)}`
  if (m.baggage !== undefined) text += `,"baggage":${quote(m.baggage)}`
  if (m.quiet === true) text += ',"quiet":true'
  return `${text}}`
}

function json(value: unknown): string {
  return value instanceof Raw ? value.text : JSON.stringify(value)
}

/** Ids and traces are plain nearly always. */
const PLAIN = /^[\w:.-]*$/
/** Function ids come again and again. */
const QUOTED = new Map<string, string>()
const QUOTED_MAX = 1024

function quote(text: string): string {
  return PLAIN.test(text) ? `"${text}"` : JSON.stringify(text)
}

/** A function id in JSON. */
export function quoteId(id: string): string {
  let quoted = QUOTED.get(id)
  if (quoted === undefined) {
    quoted = JSON.stringify(id)
    if (QUOTED.size < QUOTED_MAX) QUOTED.set(id, quoted)
  }
  return quoted
}
