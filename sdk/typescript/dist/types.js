/** What a client looks like from outside. */
export {};
