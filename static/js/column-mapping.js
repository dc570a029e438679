// <column-mapping>: chooses which column of a file feeds which of ours, and previews five rows.

import { postJson } from "./api.js";
import { element, icon } from "./dom.js";
import { sentence } from "./isolation.js";
import { problemNotice } from "./problem.js";

// A person who types or walks through the choices is not interrupted.
const PAUSE_MS = 250;
const CONSTANT = "=";

class ColumnMapping extends HTMLElement {
  #waiting = 0;
  #asked = 0;

  connectedCallback() {
    const form = this.querySelector("form");
    form.addEventListener("input", ({ target }) => {
      if (target.name === "save_as") return;
      this.#showConstant(target.closest("[data-column]"));
      clearTimeout(this.#waiting);
      this.#waiting = setTimeout(() => this.#preview(), PAUSE_MS);
    });
    // Before this the browser would send the form as a query.
    this.querySelector("button.btn-primary").disabled = false;
    // The form may differ from the page: changed before the script came, or restored by the browser.
    this.#preview();
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#use();
    });
  }

  disconnectedCallback() {
    clearTimeout(this.#waiting);
  }

  #showConstant(column) {
    const input = column?.querySelector("[data-part=constant]");
    if (!input) return;
    const isConstant = column.querySelector("[data-part=source]").value === CONSTANT;
    if (isConstant === input.hidden) {
      input.hidden = !isConstant;
      if (isConstant) input.focus();
    }
  }

  /** The mapping as the API takes it. */
  #mapping() {
    const columns = {};
    const constants = {};
    for (const column of this.querySelectorAll(".mapping-column")) {
      const chosen = [...column.querySelectorAll("[data-part=source]")].map(({ value }) => value);
      const name = column.dataset.column;
      const sources = chosen.filter((value) => value && value !== CONSTANT);
      const constant = column.querySelector("[data-part=constant]").value.trim();
      if (chosen[0] === CONSTANT) {
        if (constant) constants[name] = constant;
      } else if (sources.length) columns[name] = sources;
    }
    const { decimal, dates, fill_down: fillDown } = this.querySelector("form").elements;
    return {
      columns,
      constants,
      decimal: decimal.value || null,
      dates: dates.value || null,
      fill_down: fillDown.checked,
    };
  }

  /** The file's columns that nothing takes, so that none is left out by mistake. */
  #showUnused() {
    const used = new Set(Object.values(this.#mapping().columns).flat());
    const all = [...this.querySelector("[data-part=source]").options]
      .map(({ value }) => value)
      .filter((value) => value && value !== CONSTANT);
    const unused = all.filter((name) => !used.has(name));
    this.#part("unused").textContent = unused.join(", ") || "none";
  }

  async #preview() {
    this.#showUnused();
    const asked = ++this.#asked;
    try {
      const body = { import_id: this.dataset.import, mapping: this.#mapping() };
      const proposal = await postJson(this.dataset.guessUrl, body);
      if (asked !== this.#asked) return;
      this.#part("problems").replaceChildren(...proposal.problems.map(noticeOf));
      this.#part("rows").replaceChildren(...proposal.rows.map((row) => this.#rowOf(row)));
    } catch (error) {
      if (asked === this.#asked) this.#part("problems").replaceChildren(problemNotice(error));
    }
  }

  #rowOf({ line, values }) {
    const shown = [...this.querySelectorAll("th[data-column]")].map(({ dataset }) => dataset.column);
    return element(
      "tr",
      {},
      element("th", { scope: "row" }, String(line)),
      ...shown.map((name) => element("td", {}, element("bdi", {}, values[name] ?? ""))),
    );
  }

  async #use() {
    const button = this.querySelector("button.btn-primary");
    const name = this.querySelector("[name=save_as]").value.trim();
    button.disabled = true;
    try {
      await postJson(this.dataset.useUrl, { mapping: this.#mapping(), save_as: name || null });
      location.assign(this.dataset.next);
    } catch (error) {
      this.#part("refusal").replaceChildren(problemNotice(error));
      button.disabled = false;
    }
  }

  #part(name) {
    return this.querySelector(`[data-part=${name}]`);
  }
}

function noticeOf({ field, message }) {
  const words = field.replaceAll("_", " ");
  const said = element("p", {}, element("strong", {}, words), ": ", sentence(message));
  return element("div", { class: "notice notice-failed" }, icon("alert"), said);
}

customElements.define("column-mapping", ColumnMapping);
