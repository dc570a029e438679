// A key per intention: sent again with the same key, a request does its work once.

/** 128 random bits in hex. crypto.randomUUID would need a secure context, this does not. */
export function idempotencyKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
