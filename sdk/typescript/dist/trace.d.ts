/** W3C trace context: as text on the wire, as OpenTelemetry knows it, and as a scope of our own. */
/** W3C texts, passed on verbatim. */
export interface TraceContext {
    traceparent?: string;
    tracestate?: string;
    baggage?: string;
}
/** The trace id of a trace context; nothing when there is none or it is malformed. */
export declare function traceIdOf(trace: TraceContext | undefined): string | undefined;
/** The span id of a trace context. */
export declare function spanIdOf(trace: TraceContext | undefined): string | undefined;
/** A span id, never all zeros. */
export declare function newSpanId(): string;
/** A trace that begins here; whoever collects spans decides, so it is marked sampled. */
export declare function newTrace(): TraceContext;
/** A span below `parent`, in the same trace. */
export declare function childOf(parent: TraceContext | undefined): TraceContext;
/** The trace a call made now belongs to: OpenTelemetry knows best, then the scope around it. */
export declare function traceForCall(scope: TraceContext | undefined): TraceContext;
