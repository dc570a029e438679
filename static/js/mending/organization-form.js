// The form of the organisation in the side panel.

import { element } from "../dom.js";
import { field, focusField, showFindings } from "./fields.js";
import { fieldName } from "./words.js";

const ZERO_TOTALS = [
  ["false", "No: such an order is refused"],
  ["true", "Yes: it gets an invoice"],
];
const SECTIONS = [
  ["On the invoices", [
    "name", "street", "city", "postal_code", "country", "vat_id", "tax_number", "payment_days",
  ]],
  ["What your organisation allows", ["allow_zero_totals", "order_date_days_ahead"]],
];
export const FIELDS = SECTIONS.flatMap(([, names]) => names);
const WIDE = new Set(["name", "street", "allow_zero_totals", "order_date_days_ahead"]);

const pathOf = (place) => place.replace(/^organization\./, "");

export class OrganizationForm {
  #draft;

  constructor(draft, onInput) {
    this.#draft = draft;
    this.element = element("div", { class: "mend-form" }, ...SECTIONS.map((each) => this.#section(each)));
    this.element.addEventListener("input", ({ target }) => {
      this.#draft[target.name] = target.value;
      onInput();
    });
  }

  #section([title, names]) {
    const fields = names.map((name) =>
      field({
        path: name,
        label: fieldName(name),
        value: this.#draft[name],
        choices: name === "allow_zero_totals" ? ZERO_TOTALS : undefined,
        list: name === "country" ? "mend-countries" : undefined,
        wide: WIDE.has(name),
      }),
    );
    const grid = element("div", { class: "mend-grid" }, ...fields);
    return element("section", { class: "mend-section" }, element("h3", {}, title), grid);
  }

  get draft() {
    return this.#draft;
  }

  showFindings(findings) {
    return showFindings(this.element, findings, pathOf, [this.#draft.name]);
  }

  focus(place) {
    focusField(this.element, place && pathOf(place));
  }
}
