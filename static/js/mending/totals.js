// The amounts of an order before and after a change, side by side.

import { element } from "../dom.js";
import { money } from "../format.js";

const ROWS = [
  ["net", "Net"],
  ["tax", "VAT"],
  ["payable", "Total"],
];

/**
 * @param {object} before an order of the API as it is stored
 * @param {object} after the same with the changes; its totals are null if they cannot be computed
 */
export function totalsTable(before, after) {
  const [old, now] = [before.totals, after.totals];
  const changed = ROWS.some(([name]) => old?.[name] !== now?.[name]);
  const heads = changed ? ["Before", "After"] : ["Now"];
  const titles = heads.map((title) => element("th", { scope: "col", class: "number" }, title));
  const corner = element("td", { class: "currency" }, after.currency);
  return element(
    "table",
    { class: "mend-totals" },
    element("caption", { class: "visually-hidden" }, "Totals"),
    element("thead", {}, element("tr", {}, corner, ...titles)),
    element("tbody", {}, ...ROWS.map(([name, words]) => row(name, words, { old, now, changed }))),
  );
}

function row(name, words, { old, now, changed }) {
  const cell = (totals, mark) => {
    const text = totals ? money(totals[name]) : "–";
    return element("td", { class: `number${mark ? " is-changed" : ""}` }, text);
  };
  return element(
    "tr",
    { class: name },
    element("th", { scope: "row" }, words),
    changed ? cell(old, false) : null,
    cell(now, old?.[name] !== now?.[name]),
  );
}
