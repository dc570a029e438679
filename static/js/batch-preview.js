// Previews a batch of the selected orders: how many invoices, for how much money, and which orders
// would fail. The user can create the invoices without waiting for it.

import { postJson } from "./api.js";
import { element } from "./dom.js";
import { count, money, plural, sums } from "./format.js";
import { sentence } from "./isolation.js";
import { groupList } from "./mending/group-list.js";
import { keepingFocus } from "./mending/keep-focus.js";

/** A batch of up to this many orders is previewed automatically. */
const AUTOMATIC_LIMIT = 1000;
const DEBOUNCE_MS = 400;
const CURRENCIES_IN_LINE = 2;

export class BatchPreview {
  #host;
  #onTotal;
  #request = null;
  #result = null;
  #requestNumber = 0;
  #timer = 0;
  #openGroups = new Set();

  /**
   * @param {HTMLElement} host holds the button, the line and the panel
   * @param {(total: number) => void} onTotal receives how many orders the batch would have
   */
  constructor(host, onTotal) {
    this.#host = host;
    this.#onTotal = onTotal;
    this.#button.addEventListener("click", () => this.#toggle());
    document.addEventListener("orders:changed", () => {
      if (this.#result) this.#load(); // what was mended is no failure any more
    });
  }

  get #button() {
    return this.#host.querySelector("[data-action=preview]");
  }

  get #panel() {
    return this.#host.querySelector("[data-part=preview]");
  }

  /** Call this for another selection: discards the preview, and starts that of a small batch. */
  reset(request, size) {
    clearTimeout(this.#timer);
    this.#requestNumber += 1;
    this.#request = request;
    this.#result = null;
    this.#say("");
    this.#open(false);
    this.#loadSoon(size);
  }

  /** Call this for the same selection in a changed list: an open preview stays. */
  refresh(request, size) {
    if (this.#panel.hidden) this.reset(request, size);
    else this.#loadSoon(size);
  }

  #loadSoon(size) {
    clearTimeout(this.#timer);
    if (!size || size > AUTOMATIC_LIMIT) return; // null until the orders are counted
    this.#timer = setTimeout(() => this.#load(), DEBOUNCE_MS);
  }

  #say(...parts) {
    this.#host.querySelector("[data-part=foretold]").replaceChildren(...parts);
  }

  #open(open) {
    this.#button.setAttribute("aria-expanded", String(open));
    this.#panel.hidden = !open;
  }

  #toggle() {
    const open = this.#panel.hidden;
    this.#open(open);
    if (!open || this.#result) return;
    clearTimeout(this.#timer);
    this.#say("Looking through the orders…");
    this.#panel.replaceChildren(
      element("p", { class: "muted" }, "Many orders take some seconds. Creating need not wait."),
    );
    this.#load();
  }

  async #load() {
    const number = (this.#requestNumber += 1);
    let summary = [];
    let details;
    try {
      const result = await postJson(this.#host.dataset.previewUrl, this.#request);
      if (number !== this.#requestNumber) return;
      this.#result = result;
      this.#onTotal(result.total);
      summary = summaryOf(result);
      details = [
        waitingOf(result),
        moneyOf(result.totals),
        this.#failures(result),
        remarksOf(result, this.#host.dataset.orderUrl),
      ];
    } catch (error) {
      details = [element("p", {}, `There is no preview: ${error.message}`)];
    }
    if (number !== this.#requestNumber) return;
    this.#say(...summary);
    keepingFocus(this.#panel, () => this.#panel.replaceChildren(...details.filter(Boolean)));
  }

  /** What has to be mended before all orders can be invoiced, by cause and object. */
  #failures({ failures }) {
    if (!failures.groups.length) return null;
    const { orderUrl } = this.#host.dataset;
    const request = this.#request;
    const choose = () => request;
    const list = groupList(failures.groups, { orderUrl, choose, open: this.#openGroups });
    list.setAttribute("aria-labelledby", "preview-failures");
    return element(
      "div",
      { class: "preview-failures", "data-walk": "preview" },
      element("p", { id: "preview-failures" }, "Would fail"),
      list,
      failures.more ? element("p", { class: "muted" }, "and more") : null,
    );
  }
}

/** For example "58 can be invoiced: 1,234.50 EUR · 3 will fail · 2 wait in another job". */
function summaryOf(result) {
  const { waiting } = result;
  const elsewhere = ` · ${count(waiting)} ${waiting === 1 ? "waits" : "wait"} in another job`;
  return waiting ? [...outcomeOf(result), elsewhere] : outcomeOf(result);
}

function outcomeOf({ invoiceable, failing, totals }) {
  const few = totals.length <= CURRENCIES_IN_LINE;
  const over = few ? `: ${sums(totals).join(" and ")}` : ` in ${totals.length} currencies`;
  const ready = `${failing ? count(invoiceable) : "All"} can be invoiced${over}`;
  if (!failing) return [ready];
  const stopped = element("span", { class: "text-failed" }, `${count(failing)} will fail`);
  return invoiceable ? [`${ready} · `, stopped] : ["None can be invoiced"];
}

function waitingOf({ waiting }) {
  if (!waiting) return null;
  const wait = waiting === 1 ? "waits" : "wait";
  return element(
    "p",
    { class: "preview-waiting" },
    element("strong", {}, `${plural(waiting, "order")} ${wait} in another job`),
    ". Each is invoiced once, by the job that comes first; in the other it fails.",
    element("span", { class: "remedy" }, "Let that job end, or cancel it, before you create."),
  );
}

function moneyOf(totals) {
  if (!totals.length) return null;
  const head = ["Currency", "Invoices", "Net", "VAT", "Total"];
  const titles = head.map((title, place) =>
    element("th", { scope: "col", ...(place && { class: "number" }) }, title),
  );
  return element(
    "table",
    { class: "preview-money" },
    element("caption", {}, "Would be invoiced"),
    element("thead", {}, element("tr", {}, ...titles)),
    element("tbody", {}, ...totals.map(moneyRow)),
  );
}

function moneyRow(total) {
  const figures = [count(total.count), ...[total.net, total.tax, total.gross].map(money)];
  return element(
    "tr",
    {},
    element("th", { scope: "row" }, total.currency),
    ...figures.map((figure) => element("td", { class: "number" }, figure)),
  );
}

/** What is odd about orders that would be invoiced all the same. */
function remarksOf({ remarks }, orderUrl) {
  if (!remarks.length) return null;
  const items = remarks.map((remark) => {
    const href = orderUrl.replace("__id__", remark.order_id);
    return element(
      "li",
      {},
      element("strong", {}, plural(remark.count, "order")),
      remark.count === 1 ? " " : " such as ",
      element("a", { href }, element("bdi", {}, remark.order_number)),
      ": ",
      element("bdi", {}, sentence(remark.message, remark.order_number)),
      element("span", { class: "remedy" }, remark.remedy),
    );
  });
  return element(
    "div",
    { class: "preview-remarks" },
    element("p", { id: "preview-remarks" }, "Worth a look first"),
    element("ul", { "aria-labelledby": "preview-remarks" }, ...items),
  );
}
