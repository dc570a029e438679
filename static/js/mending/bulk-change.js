// Changes one column of a whole selection of orders: choose the column and the value, look at the
// table of what changes, confirm.

import { postJson } from "../api.js";
import { element } from "../dom.js";
import { plural } from "../format.js";
import { problemNotice } from "../problem.js";
import { toast } from "../toast.js";
import { changesTable, whatChanges } from "./change-preview.js";
import { loadChoices } from "./choices.js";
import { COLUMNS, valueOptions } from "./columns.js";
import { field } from "./fields.js";
import { Sheet } from "./sheet.js";

const URL = "/api/orders/change";

/**
 * @param {object} orders `{order_ids}`, `{filter}` or `{failed_in}`, as the API takes them
 * @param {{column?: string, where?: string|null, size?: number|null}} options the column to begin
 *   with, the only value of it that is replaced, how many orders
 */
export function changeOrders(orders, { column = "tax_category", where = null, size = null } = {}) {
  new BulkChange(orders, { column, where, size }).open();
}

class BulkChange {
  #orders;
  #column;
  #where; // by column: the only value that is replaced
  #choices = null;
  #sheet = new Sheet();
  #form = element("form", { class: "mend-form" });
  #only = element("p", { class: "muted" });
  #result = element("div", { class: "change-result", "aria-live": "polite" });
  #show = element("button", { type: "submit", class: "btn btn-quiet", disabled: "" }, "Show changes");
  #apply = element("button", { type: "button", class: "btn btn-primary", disabled: "" }, "Change");
  #checked = null; // the request that the table shows
  #number = 0; // of the newest question; a change of the form outdates it

  constructor(orders, { column, where, size }) {
    this.#orders = orders;
    this.#column = column;
    this.#where = new Map(where === null ? [] : [[column, where]]);
    const words = size === null ? "selected orders" : plural(size, "order");
    this.#sheet.title.textContent = `Change one column in ${words}`;
    this.#sheet.subtitle.textContent = "Nothing is stored before you confirm the table.";
    this.#form.id = "change-form";
    this.#show.setAttribute("form", this.#form.id);
    this.#sheet.body.append(this.#form, this.#result);
    this.#sheet.foot.append(element("div", { class: "actions" }, this.#show, this.#apply));
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#check();
    });
    this.#form.addEventListener("input", (event) => this.#input(event.target));
    this.#form.addEventListener("keydown", (event) => this.#key(event));
    this.#apply.addEventListener("click", () => this.#change());
    this.#sheet.dialog.addEventListener("sheet:closed", () => this.#sheet.dialog.remove());
  }

  async open() {
    this.#sheet.open();
    try {
      this.#choices = await loadChoices();
      this.#sheet.body.append(document.importNode(this.#choices.fragment, true));
      this.#showForm();
      this.#show.disabled = false;
      this.#form.querySelector("select").focus();
    } catch (error) {
      this.#result.replaceChildren(problemNotice(error));
    }
  }

  #showForm() {
    const column = field({
      path: "column",
      label: "Column",
      value: this.#column,
      choices: [...COLUMNS],
    });
    const grid = element("div", { class: "mend-grid" }, column);
    grid.append(field(valueOptions(this.#column, this.#choices)));
    this.#form.replaceChildren(grid, this.#only);
    this.#sayWhere();
  }

  /** Says which values are replaced, if not all of the column. */
  #sayWhere() {
    const where = this.#where.get(this.#column);
    this.#only.hidden = where === undefined;
    const value = where ? element("bdi", {}, `“${where}”`) : "empty";
    const column = COLUMNS.get(this.#column).toLowerCase();
    this.#only.replaceChildren(`Only where the ${column} is `, value, " now; other values stay.");
  }

  /** Enter alone begins a line where the value may have several. */
  #key(event) {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    this.#form.requestSubmit(this.#show);
  }

  #input({ name, value }) {
    this.#number += 1;
    this.#checked = null;
    this.#apply.disabled = true;
    this.#apply.textContent = "Change";
    this.#result.replaceChildren();
    if (name !== "column") return;
    this.#column = value;
    this.#form.querySelector("[data-path=value]").replaceWith(field(valueOptions(value, this.#choices)));
    this.#sayWhere();
  }

  get #request() {
    const { value } = this.#form.elements.namedItem("value");
    const where = this.#where.get(this.#column) ?? null;
    return { ...this.#orders, column: this.#column, value, where };
  }

  async #check() {
    const request = this.#request;
    const number = (this.#number += 1);
    this.#show.disabled = true;
    try {
      const found = await postJson(`${URL}/check`, request);
      if (number !== this.#number) return;
      this.#checked = found.changed ? request : null;
      this.#apply.disabled = !found.changed;
      this.#apply.textContent = found.changed ? `Change ${plural(found.changed, "order")}` : "Change";
      this.#result.replaceChildren(whatChanges(found), changesTable(found));
    } catch (error) {
      if (number === this.#number) this.#result.replaceChildren(problemNotice(error));
    } finally {
      this.#show.disabled = false;
    }
  }

  async #change() {
    if (!this.#checked) return;
    this.#apply.disabled = true;
    try {
      const done = await postJson(URL, this.#checked);
      document.dispatchEvent(new CustomEvent("orders:changed"));
      await this.#sheet.close();
      toast(`${COLUMNS.get(this.#column)} changed in ${plural(done.changed, "order")}.`);
    } catch (error) {
      this.#result.replaceChildren(problemNotice(error));
      this.#apply.disabled = false;
    }
  }
}
