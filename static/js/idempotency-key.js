// One key per user action: the server executes requests with the same key only once.

/** 128 random bits in hex. Unlike crypto.randomUUID, this works without a secure context. */
export function idempotencyKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
