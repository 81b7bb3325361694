/** W3C trace context: as text on the wire, as OpenTelemetry knows it, and as a scope of our own. */

import { activeTrace } from './otel.ts'

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

/** Three hexadecimal digits at a time: a call in flight needs one of these. */
const HEX = Array.from({ length: 4096 }, (_, n) => n.toString(16).padStart(3, '0'))

function hex12(): string {
  const high = (Math.random() * 0x1000000) | 0
  const low = (Math.random() * 0x1000000) | 0
  return `${HEX[high >>> 12]}${HEX[high & 4095]}${HEX[low >>> 12]}${HEX[low & 4095]}`
}

/** A span id, never all zeros. */
export function newSpanId(): string {
  return `${hex12()}${HEX[(Math.random() * 4096) | 0]}1`
}

/** A trace that begins here; whoever collects spans decides, so it is marked sampled. */
export function newTrace(): TraceContext {
  return { traceparent: `00-${hex12()}${hex12()}${newSpanId().slice(8)}-${newSpanId()}-01` }
}

/** A span below `parent`, in the same trace. */
export function childOf(parent: TraceContext | undefined): TraceContext {
  const traceId = traceIdOf(parent)
  if (parent === undefined || traceId === undefined) return newTrace()
  const flags = TRACEPARENT.exec(parent.traceparent ?? '')?.[3] ?? '01'
  return { ...parent, traceparent: `00-${traceId}-${newSpanId()}-${flags}` }
}

/** The trace a call made now belongs to: OpenTelemetry knows best, then the scope around it. */
export function traceForCall(scope: TraceContext | undefined): TraceContext {
  return activeTrace() ?? scope ?? newTrace()
}
