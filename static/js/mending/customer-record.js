// A customer that is being mended, and the open orders that may take the new address too.

import { getVersion, patchVersion, postJson } from "../api.js";
import { element } from "../dom.js";
import { plural, sums } from "../format.js";
import { isolated } from "../isolation.js";
import { CustomerForm, FIELDS } from "./customer-form.js";
import { fieldName } from "./words.js";

const textOf = (value) => (value === null ? "" : String(value));
const NULLABLE = new Set(["email", "vat_id", "payment_days"]);

export class CustomerRecord {
  #url;
  #etag = "";
  #stored = null;
  #base = null;
  #form = null;
  #complaint;
  #checked = null; // the changes that the question about the orders is about

  /** @param {{message?: string, field?: string}} complaint why its orders cannot be invoiced */
  constructor(id, { message, field = "" }) {
    this.#url = `/api/customers/${id}`;
    this.#complaint = { message, field: field.replace(/^customer\./, "") };
  }

  async load() {
    const { body, etag } = await getVersion(this.#url);
    this.#take(body, etag);
  }

  #take(customer, etag) {
    this.#stored = customer;
    this.#etag = etag;
    this.#base = Object.fromEntries(FIELDS.map((name) => [name, textOf(customer[name])]));
  }

  get name() {
    return isolated(this.#stored.name || this.subtitle);
  }

  get subtitle() {
    return `Customer ${isolated(this.#stored.customer_number)}`;
  }

  /** The complaint, until its field is changed; a missing value may have come meanwhile. */
  get findings() {
    const { message, field } = this.#complaint;
    const value = this.#form?.draft[field] ?? this.#base[field];
    const isMissing = message?.includes(" has no ");
    const stands = isMissing ? value?.trim() === "" : value === this.#base[field];
    return message && stands ? [{ message, field, remedy: "" }] : [];
  }

  get isMended() {
    return this.findings.length === 0;
  }

  get closed() {
    return null;
  }

  get isDirty() {
    return Object.keys(this.#changes).length > 0;
  }

  /** Whether saving would do something: orders may take what the customer has already. */
  get isSavable() {
    return this.isDirty || (this.#form?.appliesToOrders ?? false);
  }

  get #changes() {
    const draft = this.#form?.draft ?? this.#base;
    const changed = FIELDS.filter((name) => draft[name] !== this.#base[name]);
    return Object.fromEntries(changed.map((name) => [name, valueOf(name, draft[name])]));
  }

  form(choices, onInput, draft = { ...this.#base }) {
    this.#form = new CustomerForm(draft, onInput);
    return this.#form;
  }

  async check() {
    const changes = this.#changes;
    const found = await postJson(`${this.#url}/check`, changes);
    this.#checked = JSON.stringify(changes);
    this.#form.askAboutOrders(questionOf(found));
    const { unreadable } = found;
    return { unreadable, findings: this.findings, summary: () => warningOf(found) };
  }

  summary() {
    return "";
  }

  async save() {
    // Who types fast is asked too: the answer is yes unless the user says no.
    if (this.#checked !== JSON.stringify(this.#changes)) await this.check();
    const body = { ...this.#changes, apply_to_open_orders: this.#form.appliesToOrders };
    const { body: done, etag } = await patchVersion(this.#url, body, this.#etag);
    this.#complaint = {};
    this.#take(done.customer, etag);
    this.#form = null; // what it holds is stored, perhaps in another spelling
    const orders = done.orders_changed ? `, and on ${plural(done.orders_changed, "order")}` : "";
    const ready = done.freed_orders ? ` ${plural(done.freed_orders, "order")} mended, ready.` : "";
    return `${this.name} is changed${orders}.${ready}`;
  }

  async reload() {
    const [mine, base] = [{ ...this.#form.draft }, this.#base];
    await this.load();
    const changed = FIELDS.filter((name) => base[name] !== this.#base[name]);
    const changes = changed.map((name) => ({
      name: fieldName(name),
      before: base[name],
      after: this.#base[name],
      mine: mine[name] === base[name] ? undefined : mine[name],
    }));
    const theirs = Object.fromEntries(changed.map((name) => [name, this.#base[name]]));
    return { changes, mine, takenOver: { ...mine, ...theirs } };
  }
}

function valueOf(name, text) {
  if (text.trim() === "" && NULLABLE.has(name)) return null;
  return name === "payment_days" && /^\d+$/.test(text) ? Number(text) : text;
}

/** What to ask about the open orders; a sentence or null if there is nothing to ask. */
function questionOf({ open_orders: open, differing, freed_orders: freed, frees }) {
  if (!differing) {
    return open ? "All open orders of this customer have this data already." : null;
  }
  const become = `${plural(freed, "order")} ${freed === 1 ? "becomes" : "become"} ready`;
  const worth = freed ? `: ${become}, ${sums(frees).join(", ")}` : "";
  return { orders: plural(differing, "open order"), worth };
}

function warningOf({ blocked_orders: blocked }) {
  if (!blocked) return "";
  const words = `${plural(blocked, "order")} could no longer be invoiced`;
  return element("p", { class: "mend-blocked" }, words);
}
