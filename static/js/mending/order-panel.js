// <order-panel>: the side panel in which an order, or a customer, is mended. Buttons with
// data-mend open it; while it is open, the user can walk through all failures of the list.

import { confirmed } from "../confirm.js";
import { element } from "../dom.js";
import { problemNotice } from "../problem.js";
import { toast } from "../toast.js";
import { loadChoices } from "./choices.js";
import { conflictNotice } from "./conflict.js";
import { CustomerRecord } from "./customer-record.js";
import { hasModifier, isTyping, showKeys } from "./keys.js";
import { OrderRecord } from "./order-record.js";
import { OrganizationRecord } from "./organization-record.js";
import { PanelControls } from "./panel-controls.js";
import { closedNotice, findingsNotice, isAboutOrganization } from "./panel-notices.js";
import { Sheet } from "./sheet.js";
import { Walk } from "./walk.js";

const CHECK_MS = 250;

function recordOf(target) {
  if (target.order) return new OrderRecord(target.order);
  if (target.customer) return new CustomerRecord(target.customer, target);
  return new OrganizationRecord(target);
}

class OrderPanel extends HTMLElement {
  #sheet = new Sheet({ mayClose: () => this.#mayLeave() });
  #controls = new PanelControls(this.#sheet, {
    walk: (by) => this.#walkBy(by),
    save: (goOn) => this.#save(goOn),
  });
  #walk = null;
  #record = null;
  #form = null;
  #choices = null;
  #number = 0; // of the newest request
  #timer = 0;
  #isSaving = false;

  connectedCallback() {
    this.append(this.#sheet.dialog);
    this.#sheet.dialog.addEventListener("keydown", (event) => this.#key(event));
    this.#sheet.body.addEventListener("click", ({ target }) => {
      if (target.closest("[data-action=mend-customer]")) this.#showCustomer();
      if (target.closest("[data-action=mend-organization]")) this.#showOrganization();
    });
    this.#sheet.dialog.addEventListener("sheet:closed", () => this.#closed());
    addEventListener("beforeunload", (event) => {
      if (this.#sheet.isOpen && this.#record?.isDirty) event.preventDefault();
    });
  }

  /** Opens the panel for the target of a button. */
  open(button) {
    this.#walk = new Walk(button);
    this.#sheet.open();
    this.#show(this.#walk.target);
  }

  /** Loads a target and shows its form; walking on, it passes over what is mended already. */
  async #show(target, { passOver = false } = {}) {
    const number = this.#leave();
    this.#record = null;
    this.#controls.loading(this.#walk);
    const record = recordOf(target);
    try {
      [this.#choices] = await Promise.all([loadChoices(), record.load()]);
    } catch (error) {
      if (number === this.#number) this.#sheet.body.replaceChildren(problemNotice(error));
      return;
    }
    if (number !== this.#number) return;
    if (passOver && (record.isMended || record.closed) && this.#walk.move(1)) {
      await this.#show(this.#walk.target, { passOver });
      return;
    }
    this.#record = record;
    this.#showForm();
    this.#form.focus(target.field ?? record.findings[0]?.field);
    this.#controls.announce(record, this.#walk);
  }

  /** Stops what is under way for the record that is shown. */
  #leave() {
    clearTimeout(this.#timer);
    return (this.#number += 1);
  }

  #showForm(draft) {
    const record = this.#record;
    this.#form = record.form(this.#choices, () => this.#changed(), draft);
    const notices = element("div", { "data-part": "notices" });
    const { closed } = record;
    if (closed) this.#form.element.inert = true;
    const list = document.importNode(this.#choices.fragment, true);
    this.#sheet.body.replaceChildren(
      ...(closed ? [closedNotice(closed)] : []), notices, this.#form.element, list,
    );
    this.#controls.name(record, this.#walk);
    this.#showResult({ findings: record.findings, summary: () => record.summary() });
    if (!record.customer || draft) this.#check();
  }

  #showResult({ findings, unreadable = [], summary }) {
    const all = [...unreadable, ...findings];
    const elsewhere = this.#form.showFindings(all);
    this.#notices.replaceChildren(...(elsewhere.length ? [findingsNotice(elsewhere)] : []));
    this.#controls.result(all, summary(), this.#record);
  }

  get #notices() {
    return this.#sheet.body.querySelector("[data-part=notices]");
  }

  #changed() {
    this.#controls.changed(this.#record);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#check(), CHECK_MS);
  }

  async #check() {
    const number = (this.#number += 1);
    try {
      const result = await this.#record.check();
      if (number === this.#number) this.#showResult(result);
    } catch (error) {
      if (number === this.#number) this.#notices.replaceChildren(problemNotice(error));
    }
  }

  /** Saves the changes; with `goOn` it shows the next failure if this one is mended. */
  async #save(goOn) {
    const record = this.#record;
    if (this.#isSaving || !record) return;
    if (!record.isSavable) {
      if (goOn) await this.#walkBy(1, { passOver: true });
      return;
    }
    this.#leave();
    this.#isSaving = true;
    this.#controls.saving();
    try {
      const words = await record.save();
      document.dispatchEvent(new CustomEvent("orders:changed"));
      if (this.#record !== record) {
        toast(words); // the user has left a customer whose orders were taking its data
        return;
      }
      this.#controls.saved(words);
      if (goOn && record.isMended) await this.#walkBy(1, { passOver: true });
      else this.#showSaved();
    } catch (error) {
      if (this.#record === record) await this.#refused(error);
    } finally {
      this.#isSaving = false;
      if (this.#record) this.#controls.changed(this.#record);
    }
  }

  #showSaved() {
    this.#showForm();
    this.#form.focus(this.#record.findings[0]?.field);
  }

  async #refused(error) {
    const { code, errors = [] } = error.problem ?? {};
    if (code === "changed_meanwhile") {
      await this.#showConflict();
      return;
    }
    const elsewhere = this.#form.showFindings(errors);
    const known = errors.length > 0 && !elsewhere.length;
    if (known) this.#form.focus();
    else this.#showProblem(error);
  }

  /** Shows why nothing was stored, also to who has scrolled down. */
  #showProblem(error) {
    this.#notices.replaceChildren(problemNotice(error));
    this.#notices.scrollIntoView({ block: "nearest" });
    const hasFocus = this.#sheet.dialog.contains(document.activeElement);
    if (!hasFocus) this.#sheet.body.focus({ preventScroll: true }); // the button was disabled
  }

  async #showConflict() {
    try {
      const { changes, mine, takenOver } = await this.#record.reload();
      const goOnWith = (draft) => {
        this.#showForm(draft);
        this.#form.focus();
      };
      this.#showForm(mine);
      const notice = conflictNotice(changes, {
        takeOver: () => goOnWith(takenOver),
        keepMine: () => goOnWith(mine),
      });
      this.#notices.before(notice);
      notice.querySelector("button").focus();
    } catch (error) {
      this.#showProblem(error);
    }
  }

  async #walkBy(step, options) {
    if (!(await this.#mayLeave())) return;
    if (this.#walk.move(step)) await this.#show(this.#walk.target, options);
    else if (step > 0 && options?.passOver) await this.#end();
    else this.#controls.atEnd(step);
  }

  /** The walk is over: closes the panel. */
  async #end() {
    this.#record = null;
    await this.#sheet.close();
  }

  /** Shows the customer of the order instead of the order. */
  async #showCustomer() {
    const { customer, findings } = this.#record;
    const first = findings.find(({ field }) => field.startsWith("customer."));
    if (await this.#mayLeave()) await this.#show({ ...customer, ...first });
  }

  /** Shows the organisation, which the order's findings complain about. */
  async #showOrganization() {
    const { code, field, message } = this.#record.findings.find(isAboutOrganization);
    const place = code === "total_zero" ? "organization.allow_zero_totals" : field;
    if (await this.#mayLeave()) await this.#show({ organization: true, field: place, message });
  }

  async #mayLeave() {
    if (!this.#record?.isDirty || this.#record.closed) return true;
    if (this.#isSaving) return false; // what is asked about may be stored a moment later
    return confirmed({
      title: "Discard your changes?",
      text: `What you changed in ${this.#record.name} is not saved.`,
      yes: "Discard",
      no: "Keep editing",
    });
  }

  #closed() {
    this.#leave();
    this.#record = null;
    const words = this.#controls.lastSaved();
    if (words) toast(words);
    const place = this.#walk.button ?? document.querySelector("[data-after-mending]");
    place?.focus({ focusVisible: true });
  }

  #key(event) {
    const key = event.key.toLowerCase();
    if (key === "enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      this.#save(true);
      return;
    }
    const alone = !isTyping(event) && !hasModifier(event);
    if (alone && key === "?") {
      event.preventDefault();
      showKeys();
    } else if (alone || (event.altKey && !event.ctrlKey && !event.metaKey)) {
      const step = { KeyJ: 1, KeyK: -1 }[event.code] ?? (alone && { j: 1, k: -1 }[key]);
      if (!step) return;
      event.preventDefault();
      this.#walkBy(step);
    }
  }
}

customElements.define("order-panel", OrderPanel);
