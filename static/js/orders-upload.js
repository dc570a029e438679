// <orders-upload>: sends an orders file to the importer, and shows the result with its errors.

import { postFile } from "./api.js";
import { element, icon } from "./dom.js";
import { count, plural } from "./format.js";
import { problemNotice } from "./problem.js";

const LINES_SHOWN = 200;

class OrdersUpload extends HTMLElement {
  connectedCallback() {
    this.querySelector("input[type=file]").addEventListener("change", ({ target }) => {
      const [file] = target.files;
      if (file) this.#send(file);
      target.value = "";
    });
    // The browser would open a file that is dropped beside the target.
    addEventListener("dragover", (event) => this.#offer(event));
    addEventListener("drop", (event) => {
      event.preventDefault();
      this.classList.remove("is-offered");
      const [file] = event.dataTransfer.files;
      if (file) this.#send(file);
    });
    document.documentElement.addEventListener("dragleave", ({ relatedTarget }) => {
      if (!relatedTarget) this.classList.remove("is-offered");
    });
  }

  #offer(event) {
    if (!event.dataTransfer.types.includes("Files")) return;
    event.preventDefault();
    this.classList.add("is-offered");
  }

  async #send(file) {
    const result = this.querySelector(".upload-result");
    const controls = this.querySelector("fieldset");
    controls.disabled = true;
    result.replaceChildren(element("p", { class: "muted" }, `Importing ${file.name}…`));
    try {
      const report = await postFile(this.dataset.url, file, "text/csv");
      result.replaceChildren(...reportOf(file, report, this.dataset.listUrl));
    } catch (error) {
      result.replaceChildren(problemNotice(error));
    } finally {
      controls.disabled = false;
    }
  }
}

function reportOf(file, report, listUrl) {
  const failed = report.refused || report.orders_rejected > 0 || report.errors.length > 0;
  const words = element(
    "div",
    {},
    element("p", {}, element("strong", {}, file.name), `: ${outcomeOf(report)}.`),
    report.refused
      ? element("p", {}, "The file could not be read to its end; what stands before was stored.")
      : null,
    ...ignoredColumns(report.ignored_columns),
    element("p", {}, element("a", { href: listUrl }, "Show the orders")),
  );
  const kind = failed ? "notice-failed" : "notice-ok";
  const notice = element("div", { class: `notice ${kind}`, role: "status" });
  notice.append(icon(failed ? "alert" : "check"), words);
  return report.errors.length ? [notice, errorTable(report)] : [notice];
}

/** The counts that are not zero: "1 order corrected, 12 already there". */
function outcomeOf(report) {
  const parts = [
    [report.orders_created, `${plural(report.orders_created, "order")} imported`],
    [report.orders_updated, `${plural(report.orders_updated, "order")} corrected`],
    [report.orders_unchanged, `${count(report.orders_unchanged)} already there`],
    [report.orders_rejected, `${count(report.orders_rejected)} rejected`],
    [report.customers_created, `${plural(report.customers_created, "customer")} new`],
    [report.customers_updated, `${plural(report.customers_updated, "customer")} corrected`],
  ];
  const happened = parts.filter(([number]) => number > 0).map(([, words]) => words);
  return happened.length ? happened.join(", ") : "no orders imported";
}

function ignoredColumns(names) {
  if (!names.length) return [];
  return [element("p", {}, `Columns that were ignored: ${names.join(", ")}.`)];
}

function errorTable({ errors, error_count: found }) {
  const head = element(
    "tr",
    {},
    element("th", { scope: "col", class: "number" }, "Line"),
    element("th", { scope: "col" }, "Column"),
    element("th", { scope: "col" }, "What is wrong"),
  );
  const rows = errors.slice(0, LINES_SHOWN).map((error) =>
    element(
      "tr",
      {},
      element("td", { class: "number" }, error.line == null ? "" : count(error.line)),
      element("td", {}, element("code", {}, error.column ?? "")),
      element("td", {}, error.message),
    ),
  );
  const more = found - rows.length;
  const caption = element("caption", { class: "px-3" }, more > 0 ? `and ${count(more)} more` : "");
  const table = element("table", { class: "table table-list" });
  table.append(...(more > 0 ? [caption] : []), element("thead", {}, head));
  table.append(element("tbody", {}, ...rows));
  return element("div", { class: "table-scroll" }, table);
}

customElements.define("orders-upload", OrdersUpload);
