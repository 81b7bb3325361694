/** Between messages and their text. */
import type { Message } from './message.ts';
/** What can be wrong with a frame, as named in the vectors. */
export type DecodeErrorKind = 'Syntax' | 'NotAnObject' | 'MissingType' | 'UnknownType' | 'MissingField' | 'WrongFieldType' | 'FieldTooLong';
/** A frame that is no valid message. */
export declare class DecodeError extends Error {
    readonly kind: DecodeErrorKind;
    readonly field: string | undefined;
    readonly messageType: string | undefined;
    /** Whoever waits for this invocation can still be told. */
    readonly invocationId: string | undefined;
    constructor(kind: DecodeErrorKind, more?: {
        field?: string;
        messageType?: string;
        invocationId?: string;
    });
}
/** Reads a frame. Throws a `DecodeError`. */
export declare function decode(text: string): Message;
/** Writes a message in canonical form. */
export declare function encode(message: Message): string;
