// Requests to the JSON API. Every failure throws an ApiProblem with a problem document.

// The server aborts a request after 30 s, so no answer comes later than that.
const READ_TIMEOUT_MS = 40_000;

/** A request that failed; `problem` is its RFC 9457 document. */
export class ApiProblem extends Error {
  constructor(problem) {
    super(problem.detail ?? problem.title);
    this.problem = problem;
  }

  /** Whether the same request may succeed later: the server was down or busy, or it failed. */
  get mayPass() {
    const { status } = this.problem;
    return status === 0 || status === 429 || status >= 500;
  }
}

async function problemOf(response) {
  // A page redirects only when the session has ended: to the login form.
  if (response.redirected) return { status: 401, title: "Your session has ended." };
  if (response.headers.get("Content-Type")?.includes("json")) {
    const body = await response.json().catch(() => null);
    if (body?.title) return body;
  }
  return { status: response.status, title: `The server answered ${response.status}.` };
}

/** The page's organisation: the server refuses the request if the user has switched since. */
function organizationHeader() {
  const { organization } = document.body.dataset;
  return organization ? { "Billmill-Organization": organization } : {};
}

/** Returns the result of `read`; an answer that breaks off is handled like a missing one. */
async function request(url, { headers, ...options }, read) {
  let response;
  try {
    const all = { ...organizationHeader(), ...headers };
    response = await fetch(url, { credentials: "same-origin", headers: all, ...options });
    if (response.ok && !response.redirected) return await read(response);
  } catch {
    throw new ApiProblem({ status: 0, code: "unreachable", title: "Billmill cannot be reached." });
  }
  throw new ApiProblem(await problemOf(response));
}

/** Header of requests that a page sends without a user action: they do not extend the session. */
export const UNATTENDED = { "Billmill-Unattended": "1" };

const json = { Accept: "application/json" };
const asJson = (response) => response.json();
const asText = (response) => response.text();
const asVersion = async (response) => ({
  body: await response.json(),
  etag: response.headers.get("ETag"),
});

export async function getJson(url, headers = {}) {
  const signal = AbortSignal.timeout(READ_TIMEOUT_MS);
  return request(url, { headers: { ...json, ...headers }, signal }, asJson);
}

export async function getHtml(url, headers = {}) {
  const signal = AbortSignal.timeout(READ_TIMEOUT_MS);
  return request(url, { headers: { Accept: "text/html", ...headers }, signal }, asText);
}

/** POSTs `body` as JSON. */
export async function postJson(url, body = {}, headers = {}) {
  const all = { ...json, "Content-Type": "application/json", ...headers };
  return request(url, { method: "POST", headers: all, body: JSON.stringify(body) }, asJson);
}

/** PUTs `body` as JSON. */
export async function putJson(url, body) {
  const headers = { ...json, "Content-Type": "application/json" };
  return request(url, { method: "PUT", headers, body: JSON.stringify(body) }, asJson);
}

export async function deleteJson(url) {
  return request(url, { method: "DELETE", headers: json }, asJson);
}

/** A record and the version of it: `{body, etag}`. */
export async function getVersion(url) {
  const signal = AbortSignal.timeout(READ_TIMEOUT_MS);
  return request(url, { headers: json, signal }, asVersion);
}

/** Changes a record if it still has the version `etag`; returns it as `getVersion` does. */
export async function patchVersion(url, body, etag) {
  const headers = { ...json, "Content-Type": "application/json", "If-Match": etag };
  return request(url, { method: "PATCH", headers, body: JSON.stringify(body) }, asVersion);
}

export async function postFile(url, file, type, headers = {}) {
  const all = { ...json, "Content-Type": type, ...headers };
  return request(url, { method: "POST", headers: all, body: file }, asJson);
}
