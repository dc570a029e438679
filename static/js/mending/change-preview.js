// What a change of one column would do: in a sentence, and as a table of values before and after.

import { element } from "../dom.js";
import { count, plural, sums } from "../format.js";
import { sentence } from "../isolation.js";

const verb = (number, one, many) => (number === 1 ? one : many);

/** For example "12 orders change, 3 have the value already. 2 become ready: 854.00 EUR." */
export function whatChanges(found) {
  const parts = [`${plural(found.changed, "order")} ${verb(found.changed, "changes", "change")}`];
  const { unchanged, invoiced, freed_orders: freed } = found;
  if (unchanged) parts.push(`${count(unchanged)} ${verb(unchanged, "has", "have")} the value already`);
  if (invoiced) parts.push(`${count(invoiced)} ${verb(invoiced, "is", "are")} invoiced and stays so`);
  const become = verb(freed, "becomes", "become");
  const ready = freed ? ` ${count(freed)} ${become} ready: ${sums(found.frees).join(", ")}.` : "";
  const blocked = found.blocked_orders
    ? element(
        "strong",
        { class: "text-failed" },
        ` ${plural(found.blocked_orders, "order")} could no longer be invoiced.`,
      )
    : null;
  return element("p", {}, `${parts.join(", ")}.${ready}`, blocked);
}

const shown = (value) => (value === "" ? "(empty)" : value);

export function changesTable({ rows, values, more }) {
  if (!rows.length) return "";
  const head = ["Order", "Row", "Before", "After"].map((title) =>
    element("th", { scope: "col" }, title),
  );
  const rest = more ? `The first ${count(rows.length)} of ${plural(values, "value")}` : "";
  const table = element(
    "table",
    { class: "mend-changes" },
    element("caption", { class: rest ? "" : "visually-hidden" }, rest || "What changes"),
    element("thead", {}, element("tr", {}, ...head)),
    element("tbody", {}, ...rows.map(rowOf)),
  );
  return element(
    "div",
    { class: "table-scroll", tabindex: "0", role: "group", "aria-label": "What changes" },
    table,
  );
}

function rowOf(row) {
  const bdi = (text) => element("bdi", {}, text);
  const still = row.finding
    ? element("span", { class: "remedy" }, sentence(row.finding.message, row.order_number))
    : null;
  return element(
    "tr",
    {},
    element("th", { scope: "row" }, bdi(row.order_number)),
    element("td", {}, row.line_number === null ? "–" : String(row.line_number)),
    element("td", {}, element("del", {}, bdi(shown(row.before)))),
    element("td", {}, element("ins", {}, bdi(shown(row.after))), still),
  );
}
