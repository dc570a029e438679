// How long to wait before a failed request is repeated.

const PAUSES_MS = [1000, 2000, 4000, 8000, 15000];

/** Milliseconds to wait after a number of failures in a row: at most 15 s. */
export const pauseAfter = (failures) =>
  PAUSES_MS[Math.min(Math.max(failures, 1), PAUSES_MS.length) - 1];
