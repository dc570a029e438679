// The form of a customer in the side panel, and the question whether open orders take it too.

import { element } from "../dom.js";
import { field, focusField, showFindings } from "./fields.js";
import { fieldName } from "./words.js";

export const FIELDS = [
  "name", "email", "street", "city", "postal_code", "country", "vat_id", "payment_days",
];

const pathOf = (place) => place.replace(/^customer\./, "");

export class CustomerForm {
  #draft;
  #question = element("div", { class: "mend-question", "aria-live": "polite" });
  #applies = true;

  constructor(draft, onInput) {
    this.#draft = draft;
    const fields = FIELDS.map((name) =>
      field({
        path: name,
        label: fieldName(name),
        value: draft[name],
        list: name === "country" ? "mend-countries" : undefined,
        wide: name === "name" || name === "street",
      }),
    );
    this.element = element(
      "div",
      { class: "mend-form" },
      element(
        "section",
        { class: "mend-section" },
        element("h3", {}, "Customer"),
        element("div", { class: "mend-grid" }, ...fields),
      ),
      this.#question,
    );
    this.element.addEventListener("input", ({ target }) => {
      if (target.name === "apply") {
        this.#applies = target.value === "yes";
        return;
      }
      this.#draft[target.name] = target.value;
      onInput();
    });
  }

  get draft() {
    return this.#draft;
  }

  /** Whether the open orders of the customer take the new data too. */
  get appliesToOrders() {
    return this.#applies && this.#question.querySelector("[name=apply]") !== null;
  }

  showFindings(findings) {
    return showFindings(this.element, findings, pathOf, [this.#draft.name]);
  }

  focus(place) {
    focusField(this.element, place && pathOf(place));
  }

  /** @param {{orders: string, worth: string}|string|null} question a sentence if there is none */
  askAboutOrders(question) {
    if (question === null || typeof question === "string") {
      this.#question.replaceChildren(
        ...(question ? [element("p", { class: "muted" }, question)] : []),
      );
      return;
    }
    const { orders, worth } = question;
    const choices = [
      this.#choice("yes", `Yes, the ${orders} too${worth}`),
      this.#choice("no", "No, only the customer; the orders keep what they have"),
    ];
    this.#question.replaceChildren(
      element(
        "fieldset",
        {},
        element("legend", {}, `Shall the ${orders} of this customer take it too?`),
        ...choices,
      ),
    );
  }

  #choice(value, words) {
    const input = element("input", { type: "radio", name: "apply", value });
    input.checked = this.#applies === (value === "yes");
    return element("label", {}, input, words);
  }
}
