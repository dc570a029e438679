// Requests to the JSON API. Whatever goes wrong arrives as an ApiProblem with a problem document.

/** An answer that is not a success; `problem` is its RFC 9457 document. */
export class ApiProblem extends Error {
  constructor(problem) {
    super(problem.detail ?? problem.title);
    this.problem = problem;
  }
}

async function problemOf(response) {
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

async function request(url, { headers, ...options }) {
  let response;
  try {
    const all = { ...ofPage(), ...headers };
    response = await fetch(url, { credentials: "same-origin", headers: all, ...options });
  } catch {
    throw new ApiProblem({ status: 0, code: "unreachable", title: "Billmill cannot be reached." });
  }
  if (!response.ok) throw new ApiProblem(await problemOf(response));
  return response;
}

const json = { Accept: "application/json" };

export async function getJson(url) {
  return (await request(url, { headers: json })).json();
}

export async function getHtml(url) {
  return (await request(url, { headers: { Accept: "text/html" } })).text();
}

/** POST `body` as JSON; an object without one posts an empty object. */
export async function postJson(url, body = {}, headers = {}) {
  const all = { ...json, "Content-Type": "application/json", ...headers };
  return (await request(url, { method: "POST", headers: all, body: JSON.stringify(body) })).json();
}

export async function postFile(url, file, type) {
  const headers = { ...json, "Content-Type": type };
  return (await request(url, { method: "POST", headers, body: file })).json();
}
