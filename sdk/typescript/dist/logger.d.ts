/** Log lines that know their invocation. */
/** How serious a line is. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
/** A line, as it is handed to whoever writes it down. */
export interface LogLine {
    readonly level: LogLevel;
    readonly message: string;
    readonly data?: unknown;
    readonly trace_id?: string;
    readonly span_id?: string;
    readonly function_id?: string;
    readonly service?: string;
}
/** Writes lines down. */
export type LogSink = (line: LogLine) => void;
/** Lines go to OpenTelemetry where it is set up, else to the console. */
export declare const defaultSink: LogSink;
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
export declare class Logger {
    #private;
    constructor(traceId?: string, serviceName?: string, spanId?: string, more?: {
        functionId?: string;
        sink?: LogSink;
    });
    /** For developers. */
    debug(message: string, data?: unknown): void;
    /** What happened. */
    info(message: string, data?: unknown): void;
    /** Somebody should look at this. */
    warn(message: string, data?: unknown): void;
    /** Something went wrong. */
    error(message: string, data?: unknown): void;
}
