/** The golden vectors of the protocol: every codec iterates them. */

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { DecodeError, decode, encode } from '../src/codec.ts'
import type { Message } from '../src/message.ts'
import { SHAPES } from '../src/shapes.ts'
import { repository } from './places.ts'

interface Vector {
  name: string
  wire?: string
  wire_hex?: string
  fill?: number
  value?: unknown
  valid: boolean
  canonical?: boolean
  error_code?: string
  field?: string
  invocation_id?: string
}

/** What `JSON.parse` does not tell; the engine refuses these before any worker sees them. */
const NOT_OURS: Readonly<Record<string, string>> = {
  'invokefunction/nested_too_deeply': 'nesting is bounded by the engine',
  'invokefunction/payload_not_utf8': 'text arrives decoded',
  'unknown/not_utf8': 'text arrives decoded',
  'unknown/escaped_key': 'escapes in names are not visible',
}

const folder = new URL('protocol/vectors/', repository)
const files = readdirSync(folder)

for (const file of files) {
  const kind = file.replace('.json', '')
  test(`vectors of ${kind}`, () => {
    const vectors = JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as Vector[]
    assert.ok(vectors.length > 0)
    for (const vector of vectors) {
      if (NOT_OURS[`${kind}/${vector.name}`] === undefined) check(vector)
    }
  })
}

function check(vector: Vector): void {
  const filled = (text: string) => text.replaceAll('…', 'x'.repeat(vector.fill ?? 0))
  const wire = filled(vector.wire ?? Buffer.from(vector.wire_hex ?? '', 'hex').toString())
  if (!vector.valid) return checkInvalid(vector, wire)
  const message = decode(wire)
  // Absent is absent, whether the field is there or not.
  const present = Object.entries(message).filter(([, value]) => value !== undefined)
  assert.deepEqual(Object.fromEntries(present), fill(vector.value, filled), vector.name)
  // Payloads are values here: only text that JSON.stringify would write comes out as it went in.
  const plain = JSON.stringify(JSON.parse(wire)) === wire
  if (vector.canonical && plain) assert.equal(encode(message), wire, vector.name)
}

function fill(value: unknown, filled: (text: string) => string): unknown {
  if (typeof value === 'string') return filled(value)
  if (Array.isArray(value)) return value.map((item) => fill(item, filled))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fill(item, filled)]))
}

function checkInvalid(vector: Vector, wire: string): void {
  let error: unknown
  try {
    decode(wire)
  } catch (thrown) {
    error = thrown
  }
  assert.ok(error instanceof DecodeError, `${vector.name} was accepted`)
  assert.equal(error.kind, vector.error_code, vector.name)
  assert.equal(error.field, vector.field ?? undefined, vector.name)
  assert.equal(error.invocationId, vector.invocation_id ?? undefined, vector.name)
}

test('every message has vectors', () => {
  for (const kind of Object.keys(SHAPES)) assert.ok(files.includes(`${kind}.json`), kind)
})

test('absent and null differ in payloads, and nowhere else', () => {
  const call = decode('{"type":"invokefunction","function_id":"f","data":null,"metadata":null}')
  assert.deepEqual(call, { type: 'invokefunction', function_id: 'f', data: null })
  const result: Message = { type: 'invocationresult', invocation_id: 'i', result: undefined }
  assert.equal(encode(result), '{"type":"invocationresult","invocation_id":"i"}')
})
