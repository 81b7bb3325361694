/** The fields of every message, in canonical order. */
import type { MessageKind } from './message.ts';
/** How a field is read. */
export type FieldKind = 'name' | 'text' | 'invocation' | 'trace' | 'description' | 'payload' | 'json' | 'object' | 'schema' | 'number' | 'flag' | 'texts';
export interface Field {
    readonly name: string;
    readonly kind: FieldKind;
    readonly required: boolean;
    /** What an absent field reads as, where that is not `undefined`. */
    readonly absent?: unknown;
}
export declare const SHAPES: Readonly<Record<MessageKind, readonly Field[]>>;
