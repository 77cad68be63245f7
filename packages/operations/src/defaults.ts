/** Rows, and requests per second, where neither a command nor an interrupted observation says otherwise. */
export const DEFAULT_BUDGET = 5000;
export const DEFAULT_RATE = 20;
/** Longest payload, in bytes of UTF-8. */
export const MAX_PAYLOAD_BYTES = 32;
