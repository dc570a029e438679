// <column-mapping>: chooses which column of a file feeds which of ours, and previews five rows.

import { getJson, postJson } from "./api.js";
import { element, icon } from "./dom.js";
import { sentence } from "./isolation.js";
import { problemNotice } from "./problem.js";

// A person who types or walks through the choices is not interrupted.
const PAUSE_MS = 250;

class ColumnMapping extends HTMLElement {
  #waiting = 0;
  #asked = 0;
  #preset = "";

  connectedCallback() {
    this.#preset = this.dataset.preset;
    this.#form.addEventListener("input", ({ target }) => {
      if (target.name === "save_as") return;
      clearTimeout(this.#waiting);
      if (target.name === "start") {
        this.#startFrom(target.value);
        return;
      }
      this.#showConstant(target.closest("[data-column]"));
      this.#waiting = setTimeout(() => this.#preview(), PAUSE_MS);
    });
    // Before this the browser would send the form as a query.
    this.querySelector("button.btn-primary").disabled = false;
    // The form may differ from the page: changed before the script came, or restored by the browser.
    const { start } = this.#form.elements;
    if (start.selectedOptions[0].defaultSelected) this.#preview();
    else this.#startFrom(start.value);
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#use();
    });
  }

  disconnectedCallback() {
    clearTimeout(this.#waiting);
  }

  get #form() {
    return this.querySelector("form");
  }

  #showConstant(column) {
    const input = column?.querySelector("[data-part=constant]");
    if (!input) return;
    const wanted = isConstant(column.querySelector("[data-part=source]"));
    if (wanted === input.hidden) {
      input.hidden = !wanted;
      if (wanted) input.focus();
    }
  }

  /** Fills the form with the guess (""), or with the mapping or preset of that name. */
  async #startFrom(name) {
    const asked = ++this.#asked;
    try {
      const mapping = name ? await this.#known(name) : await this.#guess();
      if (asked !== this.#asked) return;
      this.#fill(mapping);
      this.#preview(mapping);
    } catch (error) {
      if (asked === this.#asked) this.#part("problems").replaceChildren(problemNotice(error));
    }
  }

  async #known(name) {
    const url = this.dataset.mappingUrl.replace("NAME", encodeURIComponent(name));
    const { kind, mapping } = await getJson(url);
    return kind === "preset" ? { columns: {}, constants: {}, preset: name } : mapping;
  }

  async #guess() {
    const proposal = await postJson(this.dataset.guessUrl, { import_id: this.dataset.import });
    return proposal.mapping;
  }

  #fill({ columns, constants, decimal, dates, fill_down: fillDown, preset, zero_rate: zeroRate }) {
    const fields = this.#form.elements;
    fields.decimal.value = decimal ?? "";
    fields.dates.value = dates ?? "";
    fields.zero_rate.value = zeroRate ?? "";
    fields.fill_down.checked = Boolean(fillDown);
    this.#preset = preset ?? "";
    for (const part of this.querySelectorAll("[data-part=of-preset]")) part.hidden = !preset;
    for (const part of this.querySelectorAll("[data-part=of-columns]")) part.hidden = Boolean(preset);
    for (const input of this.querySelectorAll("[data-filled]")) {
      input.value = (preset && constants[input.dataset.filled]) || "";
    }
    for (const column of this.querySelectorAll(".mapping-column")) {
      const { column: name } = column.dataset;
      fillColumn(column, columns[name] ?? [], (!preset && constants[name]) || "");
    }
  }

  /** The mapping as the API takes it. */
  #mapping() {
    const { decimal, dates, fill_down: fillDown, zero_rate: zeroRate } = this.#form.elements;
    const read = {
      decimal: decimal.value || null,
      dates: dates.value || null,
      zero_rate: zeroRate.value || null,
    };
    if (this.#preset) {
      const given = [...this.querySelectorAll("[data-filled]")].filter(({ value }) => value.trim());
      const constants = given.map(({ dataset, value }) => [dataset.filled, value.trim()]);
      return { ...read, preset: this.#preset, constants: Object.fromEntries(constants) };
    }
    return { ...read, ...this.#columns(), fill_down: fillDown.checked };
  }

  #columns() {
    const columns = {};
    const constants = {};
    for (const column of this.querySelectorAll(".mapping-column")) {
      const selects = [...column.querySelectorAll("[data-part=source]")];
      const name = column.dataset.column;
      const constant = column.querySelector("[data-part=constant]").value.trim();
      const sources = selects.map(({ value }) => value).filter(Boolean);
      if (isConstant(selects[0])) {
        if (constant) constants[name] = constant;
      } else if (sources.length) columns[name] = sources;
    }
    return { columns, constants };
  }

  /** The file's columns that nothing takes, so that none is left out by mistake. */
  #showUnused() {
    const used = new Set(Object.values(this.#columns().columns).flat());
    const all = [...this.querySelector("[data-part=source]").options]
      .filter((option) => option.value && !("constant" in option.dataset))
      .map(({ value }) => value);
    const unused = all.filter((name) => !used.has(name));
    const names = unused.flatMap((name) => [", ", element("bdi", {}, name)]).slice(1);
    this.#part("unused").replaceChildren(...(names.length ? names : ["none"]));
  }

  async #preview(mapping = this.#mapping()) {
    this.#showUnused();
    const asked = ++this.#asked;
    try {
      const body = { import_id: this.dataset.import, mapping };
      const proposal = await postJson(this.dataset.guessUrl, body);
      if (asked !== this.#asked) return;
      this.#part("problems").replaceChildren(...proposal.problems.map(noticeOf));
      this.#part("rows").replaceChildren(...proposal.rows.map((row) => this.#rowOf(row)));
      this.#showFindings(proposal);
    } catch (error) {
      if (asked === this.#asked) this.#part("problems").replaceChildren(problemNotice(error));
    }
  }

  /** Says at each field what is wrong with it, or what a person may not expect. */
  #showFindings({ problems, notes }) {
    for (const place of this.querySelectorAll("[data-finding]")) {
      const here = ({ field }) => field === place.dataset.finding;
      const said = [...problems.filter(here), ...notes.filter(here)];
      place.classList.toggle("text-failed", problems.some(here));
      place.hidden = !said.length;
      place.replaceChildren(...said.flatMap(({ message }) => [sentence(message), " "]));
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

// By its mark, not by its value: a column of the file may have any name.
const isConstant = (select) => "constant" in (select.selectedOptions[0]?.dataset ?? {});

/** Chooses these columns of the file, in further selects if they are many, or the constant. */
function fillColumn(column, sources, constant) {
  const first = column.querySelector("[data-part=source]");
  const selects = [...column.querySelectorAll("[data-part=source]")];
  while (selects.length < sources.length) {
    const another = first.cloneNode(true);
    another.setAttribute("aria-label", first.ariaLabel.replace("Column", "Another column"));
    another.querySelector("[data-constant]")?.remove();
    selects.at(-1).after(another);
    selects.push(another);
  }
  selects.forEach((select, place) => {
    const options = [...select.options];
    const isWanted = (option) => !("constant" in option.dataset) && option.value === sources[place];
    select.selectedIndex = Math.max(options.findIndex(isWanted), 0);
  });
  const input = column.querySelector("[data-part=constant]");
  input.value = constant;
  input.hidden = !constant;
  if (constant) first.querySelector("[data-constant]").selected = true;
}

function noticeOf({ field, message }) {
  const words = field.replaceAll("_", " ");
  const said = element("p", {}, element("strong", {}, words), ": ", sentence(message));
  return element("div", { class: "notice notice-failed" }, icon("alert"), said);
}

customElements.define("column-mapping", ColumnMapping);
