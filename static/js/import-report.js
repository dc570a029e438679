// What an import did, in words and tables: the counts, what it changed, and what is wrong.

import { element, icon } from "./dom.js";
import { count, plural } from "./format.js";
import { isolated, sentence } from "./isolation.js";

const ROWS_SHOWN = 200;

/**
 * @param {object} run the import, ended
 * @param {object[]} findings the first of `run.error_count`
 * @param {object[]} changes the first of `run.change_count`
 * @param {{listUrl: string, pageUrl: string}} urls of the orders, and of the import's page
 */
export function importReport(run, findings, changes, { listUrl, pageUrl }) {
  const reason = onlyReason(run, findings);
  const failed = run.status !== "completed" || run.orders_rejected > 0 || run.error_count > 0;
  const notice = element(
    "div",
    { class: `notice ${failed ? "notice-failed" : "notice-ok"}`, role: "status" },
    icon(failed ? "alert" : "check"),
    element(
      "div",
      {},
      element("p", {}, element("strong", {}, element("bdi", {}, run.file_name)), `: ${outcomeOf(run)}.`),
      ...sentences(run, reason).map((text) => element("p", {}, sentence(text))),
      element(
        "p",
        {},
        element("a", { href: listUrl }, "Show the orders"),
        " · ",
        element("a", { href: pageUrl }, run.status === "needs_mapping" ? "Say how it is read" : "Open the import"),
      ),
    ),
  );
  return [
    notice,
    changes.length ? changeTable(changes, run.change_count) : null,
    findings.length && !reason ? findingTable(findings, run.error_count) : null,
  ].filter(Boolean);
}

/** The counts that are not zero: "1 order corrected, 12 already there". */
function outcomeOf(run) {
  const parts = [
    [run.orders_created, `${plural(run.orders_created, "order")} imported`],
    [run.orders_updated, `${plural(run.orders_updated, "order")} corrected`],
    [run.orders_unchanged, `${count(run.orders_unchanged)} already there`],
    [run.orders_rejected, `${count(run.orders_rejected)} rejected`],
    [run.customers_created, `${plural(run.customers_created, "customer")} new`],
    [run.customers_updated, `${plural(run.customers_updated, "customer")} corrected`],
  ];
  const happened = parts.filter(([number]) => number > 0).map(([, words]) => words);
  return happened.length ? happened.join(", ") : "no orders imported";
}

/** Why the whole file is refused, if one sentence says it: it is something else, or damaged. */
function onlyReason(run, findings) {
  if (run.status !== "refused" || run.stored || run.error_count !== 1) return null;
  return findings.find((finding) => !finding.column)?.message ?? null;
}

function sentences(run, reason) {
  const said = reason ?? {
    refused: run.stored
      ? "The file could not be read to its end; what stands before was stored."
      : "The file could not be read, so nothing was stored.",
    cancelled: "The import was cancelled; what is stored stays.",
    failed: run.error_message,
    needs_mapping: run.stored
      ? "It must be said how the rest of the file is to be read; what stands before was stored."
      : "It must be said first how the columns of this file are to be read; nothing is stored yet.",
  }[run.status];
  const ignored = run.ignored_columns.length
    ? `Columns that were ignored: ${run.ignored_columns.map(isolated).join(", ")}.`
    : null;
  return [said, ignored].filter(Boolean);
}

function changeTable(changes, found) {
  const rows = changes.map((change) =>
    element(
      "tr",
      {},
      element("td", { class: "number" }, count(change.line)),
      element("td", {}, element("bdi", {}, sentence(change.message, change.order_number))),
    ),
  );
  return table("What changed", ["Line", "What changed"], rows, found);
}

function findingTable(findings, found) {
  const rows = findings.map((finding) =>
    element(
      "tr",
      {},
      element("td", { class: "number" }, count(finding.line)),
      element("td", {}, ...(finding.column ? [element("code", {}, finding.column)] : [])),
      element("td", {}, element("bdi", {}, sentence(finding.message))),
    ),
  );
  return table("What is wrong", ["Line", "Column", "What is wrong"], rows, found);
}

function table(name, heads, rows, found) {
  const shown = rows.slice(0, ROWS_SHOWN);
  const more = found - shown.length;
  const head = heads.map((text, place) =>
    element("th", place ? { scope: "col" } : { scope: "col", class: "number" }, text),
  );
  const made = element("table", { class: "table table-list", "aria-label": name });
  if (more > 0) made.append(element("caption", { class: "px-3" }, `and ${count(more)} more`));
  made.append(element("thead", {}, element("tr", {}, ...head)), element("tbody", {}, ...shown));
  return element("div", { class: "table-scroll", tabindex: "0", role: "region", "aria-label": name }, made);
}
