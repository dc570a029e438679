// Requests to the JSON API. Whatever goes wrong arrives as an ApiProblem with a problem document.

// The server works on no request for longer than 30 s: whoever waits beyond that waits in vain.
const READ_MS = 40_000;

/** An answer that is not a success; `problem` is its RFC 9457 document. */
export class ApiProblem extends Error {
  constructor(problem) {
    super(problem.detail ?? problem.title);
    this.problem = problem;
  }

  /** Whether the same request may succeed later: the server was away, busy or failed. */
  get mayPass() {
    const { status } = this.problem;
    return status === 0 || status === 429 || status >= 500;
  }
}

async function problemOf(response) {
  // Our pages send who has no session to the login form, and nobody else anywhere.
  if (response.redirected) return { status: 401, title: "Your session has ended." };
  if (response.headers.get("Content-Type")?.includes("json")) {
    const body = await response.json().catch(() => null);
    if (body?.title) return body;
  }
  return { status: response.status, title: `The server answered ${response.status}.` };
}

/** Whose page this is: the server refuses it once its reader has switched to another one. */
function ofPage() {
  const { organization } = document.body.dataset;
  return organization ? { "Billmill-Organization": organization } : {};
}

/** What `read` makes of the answer; one that breaks off in the middle was not had at all. */
async function request(url, { headers, ...options }, read) {
  let response;
  try {
    const all = { ...ofPage(), ...headers };
    response = await fetch(url, { credentials: "same-origin", headers: all, ...options });
    if (response.ok && !response.redirected) return await read(response);
  } catch {
    throw new ApiProblem({ status: 0, code: "unreachable", title: "Billmill cannot be reached." });
  }
  throw new ApiProblem(await problemOf(response));
}

/** Headers of what a page asks for by itself, nobody having acted: it keeps no session open. */
export const UNATTENDED = { "Billmill-Unattended": "1" };

const json = { Accept: "application/json" };
const asJson = (response) => response.json();
const asText = (response) => response.text();

export async function getJson(url, headers = {}) {
  const signal = AbortSignal.timeout(READ_MS);
  return request(url, { headers: { ...json, ...headers }, signal }, asJson);
}

export async function getHtml(url, headers = {}) {
  const signal = AbortSignal.timeout(READ_MS);
  return request(url, { headers: { Accept: "text/html", ...headers }, signal }, asText);
}

/** POST `body` as JSON; an object without one posts an empty object. */
export async function postJson(url, body = {}, headers = {}) {
  const all = { ...json, "Content-Type": "application/json", ...headers };
  return request(url, { method: "POST", headers: all, body: JSON.stringify(body) }, asJson);
}

export async function postFile(url, file, type) {
  const headers = { ...json, "Content-Type": type };
  return request(url, { method: "POST", headers, body: file }, asJson);
}
