/** What differs between Node and browsers. */
export {};
