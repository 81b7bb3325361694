/** Log lines that know their invocation. */
import { currentScope } from './scope.js';
import { spanIdOf, traceIdOf } from './trace.js';
const LOGS_API = Symbol.for('io.opentelemetry.js.api.logs');
const SEVERITY = { debug: 5, info: 9, warn: 13, error: 17 };
/** In processes standard output is for data, so all lines go to where talk goes. */
function toConsole(line) {
    const { level, message, ...rest } = line;
    const details = Object.entries(rest).filter(([, value]) => value !== undefined);
    const words = details.length > 0 ? [message, Object.fromEntries(details)] : [message];
    const inProcess = 'process' in globalThis;
    // biome-ignore lint/suspicious/noConsole: the one place that writes to the console
    if (inProcess)
        console.error(level, ...words);
    // biome-ignore lint/suspicious/noConsole: the same, for pages
    else
        console[level](...words);
}
/** The program's OpenTelemetry logs, if it has set them up. */
function toOpenTelemetry(line) {
    const api = globalThis[LOGS_API];
    const provider = api?.(1);
    if (provider === undefined)
        return false;
    const attributes = {};
    if (line.trace_id !== undefined)
        attributes.trace_id = line.trace_id;
    if (line.span_id !== undefined)
        attributes.span_id = line.span_id;
    if (line.service !== undefined)
        attributes['service.name'] = line.service;
    if (line.function_id !== undefined)
        attributes['iii.function.id'] = line.function_id;
    if (line.data !== undefined)
        attributes['log.data'] = line.data;
    provider.getLogger('iii-kit').emit({
        severityNumber: SEVERITY[line.level],
        severityText: line.level.toUpperCase(),
        body: line.message,
        attributes,
    });
    return true;
}
/** Lines go to OpenTelemetry where it is set up, else to the console. */
export const defaultSink = (line) => {
    if (!toOpenTelemetry(line))
        toConsole(line);
};
/**
 * Writes lines with the trace they belong to: that of the invocation around it, unless it is told
 * another. Lines go to the program's OpenTelemetry logs if it has set them up, else to the console.
 *
 * @example
 * ```ts
 * import { Logger } from 'iii-kit'
 * new Logger().info('order placed', { id: 7 })
 * ```
 */
export class Logger {
    #traceId;
    #service;
    #spanId;
    #functionId;
    #sink;
    constructor(traceId, serviceName, spanId, more = {}) {
        this.#traceId = traceId;
        this.#service = serviceName;
        this.#spanId = spanId;
        this.#functionId = more.functionId;
        this.#sink = more.sink ?? defaultSink;
    }
    /** For developers. */
    debug(message, data) {
        this.#write('debug', message, data);
    }
    /** What happened. */
    info(message, data) {
        this.#write('info', message, data);
    }
    /** Somebody should look at this. */
    warn(message, data) {
        this.#write('warn', message, data);
    }
    /** Something went wrong. */
    error(message, data) {
        this.#write('error', message, data);
    }
    #write(level, message, data) {
        const trace = this.#traceId === undefined ? currentScope()?.trace : undefined;
        this.#sink({
            level,
            message,
            data,
            trace_id: this.#traceId ?? traceIdOf(trace),
            span_id: this.#spanId ?? spanIdOf(trace),
            function_id: this.#functionId,
            service: this.#service,
        });
    }
}
