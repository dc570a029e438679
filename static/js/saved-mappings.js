// <saved-mappings>: renames and deletes the mappings of its list, and completes a preset.

import { deleteJson, postJson, putJson } from "./api.js";
import { confirmed } from "./confirm.js";
import { element } from "./dom.js";
import { isolated } from "./isolation.js";
import { problemNotice } from "./problem.js";

class SavedMappings extends HTMLElement {
  connectedCallback() {
    for (const button of this.querySelectorAll("button:disabled")) button.disabled = false;
    this.addEventListener("click", ({ target }) => {
      const act = target.closest("[data-act]")?.dataset.act;
      const name = target.closest("[data-name]")?.dataset.name;
      if (act === "rename") this.#rename(name);
      if (act === "delete") this.#delete(name);
    });
    this.querySelector("form.mapping-complete").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#complete(event.target);
    });
  }

  #url(name, act = "") {
    return this.dataset.url.replace("NAME", encodeURIComponent(name)) + act;
  }

  async #rename(name) {
    const chosen = await askedName(name);
    if (!chosen || chosen === name) return;
    await this.#do(() => postJson(this.#url(name, "/rename"), { name: chosen }), "refusal");
  }

  async #delete(name) {
    const sure = await confirmed({
      title: `Delete “${isolated(name)}”?`,
      text: "Files with its columns will be asked about again. What was imported stays.",
      yes: "Delete",
      no: "Keep",
    });
    if (sure) await this.#do(() => deleteJson(this.#url(name)), "refusal");
  }

  async #complete(form) {
    const { name, preset, zero_rate: zeroRate } = form.elements;
    const given = [...form.querySelectorAll("[data-filled]")].filter(({ value }) => value.trim());
    const constants = Object.fromEntries(
      given.map(({ dataset, value }) => [dataset.filled, value.trim()]),
    );
    const body = {
      header: JSON.parse(preset.selectedOptions[0].dataset.header),
      mapping: { preset: preset.value, constants, zero_rate: zeroRate.value || null },
    };
    await this.#do(() => putJson(this.#url(name.value.trim()), body), "problem");
  }

  /** Shows the list as it is after the request, or why it was refused. */
  async #do(act, place) {
    try {
      await act();
      location.reload();
    } catch (error) {
      this.querySelector(`[data-part=${place}]`).replaceChildren(problemNotice(error));
    }
  }
}

/** The name that the user gives in a dialog; "" if they give none. */
function askedName(name) {
  const input = element("input", {
    class: "form-control", id: "new-name", maxlength: "100", required: "", autocomplete: "off",
    autofocus: "", value: name,
  });
  const form = element(
    "form",
    { method: "dialog" },
    element("label", { class: "form-label", for: "new-name" }, "New name"),
    input,
    element(
      "div",
      { class: "actions" },
      element("button", { class: "btn btn-quiet", value: "no", formnovalidate: "" }, "Cancel"),
      element("button", { class: "btn btn-primary", value: "yes" }, "Rename"),
    ),
  );
  // Enter presses the first button of a form, which here would cancel.
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    form.requestSubmit(form.querySelector("[value=yes]"));
  });
  const title = element("h2", { id: "rename-title" }, `Rename “${isolated(name)}”`);
  const dialog = element("dialog", { "aria-labelledby": "rename-title" }, title, form);
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes" ? input.value.trim() : "");
    });
  });
}

customElements.define("saved-mappings", SavedMappings);
