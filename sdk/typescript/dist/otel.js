/**
 * OpenTelemetry, if the program has set it up: found through the global that its API package uses,
 * so that this package needs no dependency and works with any version of it.
 */
const API = Symbol.for('opentelemetry.js.api.1');
const SPAN = Symbol.for('OpenTelemetry Context Key SPAN');
const KIND_INTERNAL = 0;
const STATUS_ERROR = 2;
const SETTER = {
    set(carrier, key, value) {
        carrier[key] = value;
    },
};
const GETTER = {
    keys: (carrier) => Object.keys(carrier),
    get: (carrier, key) => carrier[key],
};
/** The registered API, if any. */
export function otel() {
    return globalThis[API];
}
/** The span that is active here. */
export function activeSpan() {
    return otel()?.context?.active().getValue(SPAN);
}
/** The trace context of the active span, for the wire. */
export function activeTrace() {
    const api = otel();
    if (api?.context === undefined)
        return undefined;
    const active = api.context.active();
    const carrier = {};
    api.propagation?.inject(active, carrier, SETTER);
    if (carrier.traceparent !== undefined)
        return carrier;
    const span = active.getValue(SPAN)?.spanContext();
    if (span === undefined || /^0*$/.test(span.traceId))
        return undefined;
    const flags = span.traceFlags.toString(16).padStart(2, '0');
    carrier.traceparent = `00-${span.traceId}-${span.spanId}-${flags}`;
    const state = span.traceState?.serialize();
    if (state)
        carrier.tracestate = state;
    return carrier;
}
/** A tracer of the program's OpenTelemetry. */
export function tracer() {
    return otel()?.trace?.getTracer('iii-kit');
}
/** Runs `work` in a span below `parent`, where the program has set OpenTelemetry up. */
export function inSpan(name, parent, work) {
    return inSpanOf(name, { kind: KIND_INTERNAL }, parent, work);
}
/** {@link inSpan} with a kind, and with the span handed on. */
export function inSpanOf(name, options, parent, work) {
    const api = otel();
    const spans = tracer();
    if (api?.context === undefined || spans === undefined)
        return work(undefined);
    const below = parent === undefined ? api.context.active() : remote(api, parent);
    const span = spans.startSpan(name, options, below);
    return api.context.with(below.setValue(SPAN, span), () => ended(span, () => work(span)));
}
/** Ends the span when the work has ended, in time or later. */
function ended(span, work) {
    let result;
    try {
        result = work();
    }
    catch (error) {
        failed(span, error);
        throw error;
    }
    if (result instanceof Promise) {
        result.then(() => span.end(), (error) => failed(span, error));
    }
    else
        span.end();
    return result;
}
function failed(span, error) {
    span.recordException(error);
    span.setStatus({ code: STATUS_ERROR, message: error instanceof Error ? error.message : '' });
    span.end();
}
/** The context of a trace that came from elsewhere. */
function remote(api, trace) {
    const active = api.context.active();
    const extracted = api.propagation?.extract(active, trace, GETTER) ?? active;
    if (extracted !== active || trace.traceparent === undefined)
        return extracted;
    const [, traceId = '', spanId = '', flags = '01'] = trace.traceparent.split('-');
    const context = {
        traceId,
        spanId,
        traceFlags: Number.parseInt(flags, 16) & 1,
        isRemote: true,
    };
    return active.setValue(SPAN, remoteSpan(context));
}
/** A span that is somewhere else: it has an identity and records nothing. */
function remoteSpan(context) {
    const span = {
        spanContext: () => context,
        isRecording: () => false,
        setAttribute: () => span,
        addEvent: () => span,
        recordException: () => undefined,
        setStatus: () => span,
        end: () => undefined,
    };
    return span;
}
