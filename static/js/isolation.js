// Values within sentences: each keeps its writing direction to itself, as web/isolation.py does it.

import { element } from "./dom.js";

const RIGHT_TO_LEFT =
  /[\u0590-\u08ff\u200f\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;
const REACHING = /[\u202a-\u202e\u2066-\u2069]/g;

/** A value for an attribute or a title, between isolates if it runs from right to left. */
export function isolated(value) {
  const text = String(value).replace(REACHING, "");
  return RIGHT_TO_LEFT.test(text) ? `\u2068${text}\u2069` : text;
}

/** The text for an attribute, with its “quoted” parts isolated. */
export const isolatedQuotes = (text) =>
  text.replace(/“([^”]*)”/g, (_, value) => `“${isolated(value)}”`);

/**
 * A sentence in which the “quoted” parts, and the given values, stand in <bdi>.
 * @param {string} text
 * @param {...(string|null|undefined)} values
 * @returns {HTMLSpanElement}
 */
export function sentence(text, ...values) {
  const named = values.filter(Boolean).sort((a, b) => b.length - a.length);
  const anyValue = named.map((value) => value.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")).join("|");
  const outside = anyValue && `|(?<![\\p{L}\\p{N}_])(?:${anyValue})(?![\\p{L}\\p{N}_])`;
  const made = element("span");
  let place = 0;
  for (const found of text.matchAll(new RegExp(`“([^”]*)”${outside}`, "gu"))) {
    const value = found[1] ?? found[0];
    const start = found.index + (found[1] === undefined ? 0 : 1);
    made.append(text.slice(place, start), element("bdi", {}, value));
    place = start + value.length;
  }
  made.append(text.slice(place));
  return made;
}
