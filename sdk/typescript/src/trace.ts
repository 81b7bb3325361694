/** W3C trace context: as text on the wire, as OpenTelemetry knows it, and as a scope of our own. */

import { otel } from './otel/api.ts'
import { activeBaggage, activeTrace } from './otel/context.ts'

/** W3C texts, passed on verbatim. */
export interface TraceContext {
  traceparent?: string
  tracestate?: string
  baggage?: string
}

const TRACEPARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})/i

/** The trace id of a trace context; nothing when there is none or it is malformed. */
export function traceIdOf(trace: TraceContext | undefined): string | undefined {
  const text = trace?.traceparent
  return text === undefined ? undefined : TRACEPARENT.exec(text)?.[1]
}

/** The span id of a trace context. */
export function spanIdOf(trace: TraceContext | undefined): string | undefined {
  const text = trace?.traceparent
  return text === undefined ? undefined : TRACEPARENT.exec(text)?.[2]
}

/** Random digits, no secrets, are made many at a time: a call in flight needs 48 of them. */
const DIGITS = 6 * 800
const ASCII = new TextEncoder().encode('0123456789abcdef')
const codes = new Uint8Array(DIGITS)
const ascii = new TextDecoder('latin1')
let digits = ''
let used = DIGITS

function hex(count: number): string {
  if (used + count > DIGITS) {
    for (let n = 0; n < DIGITS; n += 6) {
      let bits = Math.floor(Math.random() * 0x1000000)
      for (let digit = 0; digit < 6; digit++) {
        codes[n + digit] = ASCII[bits & 15] as number
        bits >>= 4
      }
    }
    digits = ascii.decode(codes)
    used = 0
  }
  used += count
  return digits.slice(used - count, used)
}

/** A span id, never all zeros. */
export function newSpanId(): string {
  return `${hex(15)}1`
}

/** A trace id, never all zeros. */
export function newTraceId(): string {
  return `${hex(31)}1`
}

/** A trace that begins here; whoever collects spans decides, so it is marked sampled. */
export function newTrace(): TraceContext {
  return { traceparent: `00-${newTraceId()}-${newSpanId()}-01` }
}

/** A span below `parent`, in the same trace. */
export function childOf(parent: TraceContext | undefined): TraceContext {
  const traceId = traceIdOf(parent)
  if (parent === undefined || traceId === undefined) return newTrace()
  const flags = TRACEPARENT.exec(parent.traceparent ?? '')?.[3] ?? '01'
  return { ...parent, traceparent: `00-${traceId}-${newSpanId()}-${flags}` }
}

/** The trace that code belongs to: OpenTelemetry knows best, then the scope around it. */
export function traceHere(scope: TraceContext | undefined): TraceContext | undefined {
  if (otel() === undefined) return scope
  const active = activeTrace()
  const baggage = active?.baggage ?? activeBaggage() ?? scope?.baggage
  const trace = active ?? scope
  if (trace === undefined) return baggage === undefined ? undefined : { baggage }
  return trace.baggage === baggage ? trace : { ...trace, baggage }
}

/** The trace of a call: the one it was made in, or a new one. */
export function traceForCall(here: TraceContext | undefined): TraceContext {
  if (here === undefined) return newTrace()
  return here.traceparent === undefined ? { ...newTrace(), baggage: here.baggage } : here
}
