// <exact-count>: loads and shows the number of rows of a long list after the page.

import { getJson } from "./api.js";
import { plural } from "./format.js";

const FRESH_MS = 10_000;
const loaded = new Map();

/** The figures at a URL, loaded at most once in ten seconds. */
export function exactCount(url) {
  const known = loaded.get(url);
  if (known && performance.now() - known.at < FRESH_MS) return known.figures;
  const figures = getJson(url);
  figures.catch(() => loaded.delete(url)); // the next call tries again
  loaded.set(url, { at: performance.now(), figures });
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
