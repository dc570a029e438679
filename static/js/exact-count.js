// <exact-count>: says how many rows a long list has, once that is counted. The list does not wait.

import { getJson } from "./api.js";
import { plural } from "./format.js";

const FRESH_MS = 10_000;
const asked = new Map();

/** The figures behind a URL, asked for at most once in ten seconds. */
export function exactCount(url) {
  const known = asked.get(url);
  if (known && performance.now() - known.at < FRESH_MS) return known.figures;
  const figures = getJson(url);
  figures.catch(() => asked.delete(url)); // the next one tries again
  asked.set(url, { at: performance.now(), figures });
  return figures;
}

class ExactCount extends HTMLElement {
  async connectedCallback() {
    const { url, noun } = this.dataset;
    const { total } = await exactCount(url).catch(() => ({}));
    if (total !== undefined) this.textContent = plural(total, noun);
  }
}

customElements.define("exact-count", ExactCount);
