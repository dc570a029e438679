// Head and foot of the side panel: where the user is in the walk, the amounts, and the buttons.

import { element, icon } from "../dom.js";
import { plural } from "../format.js";

export class PanelControls {
  #sheet;
  #lastSaved = "";
  #place = element("span", { class: "walk-place" });
  #previous = iconButton("up", "Previous failure", "K");
  #next = iconButton("down", "Next failure", "J");
  #state = element("p", { class: "mend-state", "aria-live": "polite" });
  #spoken = element("p", { class: "visually-hidden", role: "status" });
  #summary = element("div", { class: "mend-summary" });
  #save = element("button", { type: "button", class: "btn btn-quiet" }, "Save");
  #goOn = element("button", { type: "button", class: "btn btn-primary" });

  /** @param {{walk: (by: number) => void, save: (goOn: boolean) => void}} acts */
  constructor(sheet, acts) {
    this.#sheet = sheet;
    this.#previous.addEventListener("click", () => acts.walk(-1));
    this.#next.addEventListener("click", () => acts.walk(1));
    this.#save.addEventListener("click", () => acts.save(false));
    this.#goOn.addEventListener("click", () => acts.save(true));
    sheet.tools.append(this.#place, this.#previous, this.#next);
    sheet.foot.append(
      element("div", { class: "mend-outcome" }, this.#state, this.#summary),
      element("div", { class: "actions" }, this.#save, this.#goOn),
      this.#spoken,
    );
  }

  loading(walk) {
    this.#sheet.title.textContent = "Loading…";
    this.#sheet.subtitle.replaceChildren();
    this.#sheet.body.replaceChildren(element("p", { class: "muted" }, "Loading…"));
    this.#sheet.body.focus();
    this.#summary.replaceChildren();
    this.#say("", "");
    this.#save.disabled = true;
    this.#goOn.disabled = true;
    this.#showPlace(walk);
  }

  #showPlace(walk) {
    const isAlone = walk.size < 2;
    for (const part of [this.#place, this.#previous, this.#next]) part.hidden = isAlone;
    this.#place.textContent = `${walk.place} of ${walk.size}`;
    this.#previous.disabled = walk.place === 1;
    this.#next.disabled = walk.place === walk.size;
    const words = isAlone || walk.place === walk.size ? "Save and close" : "Save and next";
    this.#goOn.replaceChildren(words, element("kbd", { "aria-hidden": "true" }, "Ctrl ↵"));
    this.#goOn.setAttribute("aria-keyshortcuts", "Control+Enter Meta+Enter");
  }

  name(record, walk) {
    this.#sheet.title.replaceChildren(element("bdi", {}, record.name));
    this.#sheet.subtitle.replaceChildren(element("bdi", {}, record.subtitle));
    this.#showPlace(walk);
    this.changed(record);
  }

  changed(record) {
    this.#save.disabled = Boolean(record.closed) || !record.isSavable;
    this.#goOn.disabled = false;
  }

  /** Shows how many things are still wrong, and the amounts. */
  result(findings, summary, record) {
    const wrong = findings.length;
    const dirty = record.isDirty ? "Ready once it is saved" : "Ready to be invoiced";
    if (record.closed) this.#say("", "");
    else if (wrong) this.#say(`${plural(wrong, "thing")} to mend`, "failed");
    else this.#say(record.customer ? dirty : "", "ok");
    this.#summary.replaceChildren(summary);
    this.changed(record);
  }

  #say(words, kind) {
    this.#state.dataset.kind = kind;
    // A screen reader must not announce an unchanged text again.
    if (this.#state.textContent !== words) this.#state.textContent = words;
  }

  /** Lets a screen reader say what is shown and why it failed. */
  announce(record, walk) {
    const place = walk.size > 1 ? `, failure ${walk.place} of ${walk.size}` : "";
    const why = record.findings[0]?.message ?? "";
    this.#spoken.textContent = `${record.name}${place}. ${why}`;
  }

  atEnd(step) {
    this.#spoken.textContent = step > 0 ? "This is the last failure." : "This is the first failure.";
  }

  /** Until `changed` is called. */
  saving() {
    this.#save.disabled = true;
    this.#goOn.disabled = true;
  }

  saved(words) {
    this.#lastSaved = words;
    this.#spoken.textContent = words;
  }

  /** What was saved last, once. */
  lastSaved() {
    const words = this.#lastSaved;
    this.#lastSaved = "";
    return words;
  }
}

function iconButton(name, label, key) {
  const attributes = { type: "button", class: "btn-icon", "aria-label": label };
  return element("button", { ...attributes, title: `${label} (${key})` }, icon(name));
}
