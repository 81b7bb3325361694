/** The messages of the protocol; `protocol/spec.md` says what they mean. */
export {};
