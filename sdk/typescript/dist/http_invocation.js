/** Functions that live behind a URL. */
export {};
