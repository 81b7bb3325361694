/**
 * OpenTelemetry, if the program has set it up: found through the global that its API package uses,
 * so that this package needs no dependency and works with any version of it.
 */
import type { TraceContext } from './trace.ts';
/** What a span says about itself. */
export interface SpanContext {
    traceId: string;
    spanId: string;
    traceFlags: number;
    isRemote?: boolean;
    traceState?: {
        serialize(): string;
    };
}
/** The part of a span that is used here; spans of any OpenTelemetry SDK have it. */
export interface Span {
    spanContext(): SpanContext;
    isRecording(): boolean;
    setAttribute(key: string, value: unknown): unknown;
    addEvent(name: string, attributes?: Record<string, unknown>): unknown;
    recordException(error: unknown): void;
    setStatus(status: {
        code: number;
        message?: string;
    }): unknown;
    end(): void;
}
/** A context of OpenTelemetry. */
export interface OtelContext {
    getValue(key: symbol): unknown;
    setValue(key: symbol, value: unknown): OtelContext;
}
/** Makes spans. */
export interface Tracer {
    startSpan(name: string, options?: {
        kind?: number;
    }, context?: OtelContext): Span;
}
interface Api {
    trace?: {
        getTracer(name: string, version?: string): Tracer;
    };
    context?: {
        active(): OtelContext;
        with<T>(context: OtelContext, work: () => T): T;
    };
    propagation?: {
        inject(context: OtelContext, carrier: TraceContext, setter: typeof SETTER): void;
        extract(context: OtelContext, carrier: TraceContext, getter: typeof GETTER): OtelContext;
    };
}
declare const SETTER: {
    set(carrier: TraceContext, key: string, value: string): void;
};
declare const GETTER: {
    keys: (carrier: TraceContext) => string[];
    get: (carrier: TraceContext, key: string) => string | undefined;
};
/** The registered API, if any. */
export declare function otel(): Api | undefined;
/** The span that is active here. */
export declare function activeSpan(): Span | undefined;
/** The trace context of the active span, for the wire. */
export declare function activeTrace(): TraceContext | undefined;
/** A tracer of the program's OpenTelemetry. */
export declare function tracer(): Tracer | undefined;
/** Runs `work` in a span below `parent`, where the program has set OpenTelemetry up. */
export declare function inSpan<T>(name: string, parent: TraceContext | undefined, work: () => T): T;
/** {@link inSpan} with a kind, and with the span handed on. */
export declare function inSpanOf<T>(name: string, options: {
    kind?: number;
}, parent: TraceContext | undefined, work: (span: Span | undefined) => T): T;
export {};
