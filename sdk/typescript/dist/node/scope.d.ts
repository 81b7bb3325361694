/** Keeps scopes through asynchronous gaps. */
export {};
