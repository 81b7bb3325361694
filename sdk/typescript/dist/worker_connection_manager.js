/** What the functions are given that decide who may do what. */
export {};
