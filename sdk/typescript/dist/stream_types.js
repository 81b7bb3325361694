/** Inputs and results of the functions of the `stream` worker. */
export {};
