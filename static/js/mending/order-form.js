// The form of an order in the side panel: the order, its buyer and its rows.

import { element, icon } from "../dom.js";
import { money } from "../format.js";
import { BUYER_FIELDS, newLine } from "./draft.js";
import { field, focusField, showFindings } from "./fields.js";
import { fieldName } from "./words.js";

const NAMES_OF_ROWS = { line: "Line", allowance: "Allowance", charge: "Charge" };
const ADDS = { line: "Add a line", allowance: "Add an allowance", charge: "Add a charge" };

/** The path of the field that a finding is about. */
function pathOf(place) {
  if (place.startsWith("customer.")) return place.replace("customer.", "buyer.");
  return place.replace(/\.amount$/, ".unit_price").replace(/\.reason$/, ".description");
}

export class OrderForm {
  #draft;
  #choices;
  #onInput;

  /**
   * @param {object} draft what the form shows and changes
   * @param {object} choices see `loadChoices`
   * @param {() => void} onInput is called after each change of the draft
   */
  constructor(draft, choices, onInput) {
    this.#draft = draft;
    this.#choices = choices;
    this.#onInput = onInput;
    this.element = element("div", { class: "mend-form" });
    this.element.addEventListener("input", ({ target }) => this.#input(target));
    this.element.addEventListener("click", (event) => this.#clicked(event));
    this.#render();
  }

  get draft() {
    return this.#draft;
  }

  /** @returns {Array} the findings that no field of the form is about */
  showFindings(findings) {
    return showFindings(this.element, findings, pathOf, [this.#draft.buyer.name]);
  }

  focus(place) {
    focusField(this.element, place && pathOf(place));
  }

  /** Shows the net amounts of the rows of a checked order. */
  showNets(lines) {
    for (const { line_number: number, net } of lines) {
      const place = this.element.querySelector(`[data-path="lines[${number}]"] [data-part=net]`);
      if (place) place.textContent = net === null ? "–" : money(net);
    }
  }

  #render() {
    this.element.replaceChildren(this.#order(), this.#buyer(), this.#rows());
  }

  #order() {
    const { order_date, currency, status, expected_gross } = this.#draft;
    return section(
      "Order",
      field({ path: "order_date", label: "Order date", value: order_date, kind: "date" }),
      field({ path: "currency", label: "Currency", value: currency, list: "mend-currencies" }),
      field({ path: "status", label: "Status", value: status, choices: this.#choices.statuses }),
      field({
        path: "expected_gross",
        label: "Expected total",
        value: expected_gross,
        kind: "decimal",
      }),
    );
  }

  #buyer() {
    const fields = BUYER_FIELDS.map((name) =>
      field({
        path: `buyer.${name}`,
        label: fieldName(name),
        value: this.#draft.buyer[name],
        list: name === "country" ? "mend-countries" : undefined,
        wide: name === "name" || name === "street",
      }),
    );
    const buyer = section("Buyer", ...fields);
    const link = { type: "button", class: "btn btn-link btn-sm", "data-action": "mend-customer" };
    buyer.firstElementChild.after(element("button", link, "Mend the customer, for all orders"));
    return buyer;
  }

  #rows() {
    const rows = this.#draft.lines.map((line) => this.#row(line));
    const adds = Object.entries(ADDS).map(([type, words]) =>
      element(
        "button",
        { type: "button", class: "btn btn-quiet btn-sm", "data-add": type },
        words,
      ),
    );
    return element(
      "section",
      { class: "mend-section", "data-path": "lines" },
      element("h3", {}, "Rows"),
      ...rows,
      element("div", { class: "mend-adds" }, ...adds),
    );
  }

  #row(line) {
    const name = NAMES_OF_ROWS[line.row_type] ?? line.row_type;
    const title = `${name} ${line.line_number}`;
    const remove = element(
      "button",
      {
        type: "button",
        class: "btn-icon",
        "data-remove": String(line.line_number),
        "aria-label": `Remove ${title.toLowerCase()}`,
        title: "Remove",
      },
      icon("cross"),
    );
    return element(
      "fieldset",
      { class: "mend-row", "data-path": `lines[${line.line_number}]` },
      element("legend", {}, title),
      element("span", { class: "mend-row-net number", "data-part": "net" }, "–"),
      remove,
      ...(line.row_type === "line" ? this.#lineFields(line) : this.#amountFields(line)),
    );
  }

  #lineFields(line) {
    const price = line.unit_price_gross === "" ? "unit_price" : "unit_price_gross";
    return [
      this.#lineField(line, "description", { wide: true, kind: "lines" }),
      this.#lineField(line, "sku"),
      this.#lineField(line, "quantity", { kind: "decimal" }),
      this.#lineField(line, "unit", { list: "mend-units" }),
      this.#lineField(line, price, { kind: "decimal" }),
      this.#lineField(line, "discount_percent", { kind: "decimal" }),
      ...this.#taxFields(line),
    ];
  }

  #amountFields(line) {
    const [amount, label] =
      line.unit_price_gross === "" ? ["unit_price", "Amount"] : ["unit_price_gross", "With VAT"];
    return [
      this.#lineField(line, "description", { wide: true, kind: "lines", label: "Reason" }),
      this.#lineField(line, amount, { kind: "decimal", label }),
      ...this.#taxFields(line),
    ];
  }

  #taxFields(line) {
    return [
      this.#lineField(line, "tax_category", { choices: this.#choices.taxCategories }),
      this.#lineField(line, "tax_percent", { kind: "decimal" }),
    ];
  }

  #lineField(line, name, options = {}) {
    const path = `lines[${line.line_number}].${name}`;
    return field({ path, label: fieldName(name), value: line[name], ...options });
  }

  #input({ name, value }) {
    const [, number, part] = /^lines\[(\d+)\]\.(.+)$/.exec(name) ?? [];
    if (number) {
      this.#draft.lines.find((line) => line.line_number === Number(number))[part] = value;
    } else if (name.startsWith("buyer.")) {
      this.#draft.buyer[name.slice("buyer.".length)] = value;
    } else this.#draft[name] = value;
    this.#onInput();
  }

  #clicked({ target }) {
    const { remove, add } = target.closest("[data-remove], [data-add]")?.dataset ?? {};
    const { lines } = this.#draft;
    let focus = "";
    if (add) {
      lines.push(newLine(lines, add));
      focus = `lines[${lines.at(-1).line_number}].description`;
    } else if (remove) {
      const place = lines.findIndex((line) => line.line_number === Number(remove));
      lines.splice(place, 1);
      const next = lines[place] ?? lines.at(-1);
      focus = next ? `lines[${next.line_number}].description` : "";
    } else return;
    this.element.lastElementChild.replaceWith(this.#rows());
    if (focus) this.focus(focus);
    else this.element.querySelector("[data-add]").focus();
    this.#onInput();
  }
}

function section(title, ...fields) {
  return element(
    "section",
    { class: "mend-section" },
    element("h3", {}, title),
    element("div", { class: "mend-grid" }, ...fields),
  );
}
