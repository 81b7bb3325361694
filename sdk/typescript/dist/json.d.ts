/**
 * Any JSON value.
 *
 * @example
 * ```ts
 * import type { JsonValue } from 'iii-kit'
 * const order: JsonValue = { id: 7, lines: ['bolts', null] }
 * ```
 */
export type JsonValue = string | number | boolean | null | JsonValue[] | {
    [key: string]: JsonValue;
};
/** JSON text that is put into a message as it is. */
export declare class Raw {
    readonly text: string;
    constructor(text: string);
}
export declare function isObject(value: unknown): value is Record<string, unknown>;
/** The bytes a text takes on the wire. */
export declare function utf8Length(text: string): number;
