// An order that is being mended: loads it, checks and saves the changes of its draft.

import { getVersion, patchVersion, postJson } from "../api.js";
import { isolated } from "../isolation.js";
import { changesOf, differences, draftOf, merged } from "./draft.js";
import { OrderForm } from "./order-form.js";
import { totalsTable } from "./totals.js";
import { pathName } from "./words.js";

export class OrderRecord {
  #url;
  #etag = "";
  #stored = null; // the order as loaded or saved
  #base = null; // its draft
  #form = null;

  constructor(id) {
    this.#url = `/api/orders/${id}`;
  }

  async load() {
    const { body, etag } = await getVersion(this.#url);
    this.#take(body, etag);
  }

  #take(order, etag) {
    this.#stored = order;
    this.#etag = etag;
    this.#base = draftOf(order);
  }

  get name() {
    return `Order ${isolated(this.#stored.order_number)}`;
  }

  get subtitle() {
    return this.#stored.buyer.name || this.#stored.customer_number;
  }

  /** Why the order cannot be invoiced. */
  get findings() {
    return this.#stored.findings;
  }

  get isMended() {
    return this.findings.length === 0;
  }

  /** What stands against changing the order: its invoice. A job that it waits in takes the change. */
  get closed() {
    const { invoice_id, invoice_number } = this.#stored;
    if (invoice_id === null) return null;
    return {
      words: "This order has been invoiced meanwhile. An issued invoice never changes.",
      href: `/invoices/${invoice_id}`,
      label: `Open ${invoice_number}`,
    };
  }

  /** The customer's record, which other orders share. */
  get customer() {
    return { customer: this.#stored.customer_id };
  }

  get isDirty() {
    return Object.keys(this.#changes).length > 0;
  }

  get isSavable() {
    return this.isDirty;
  }

  get #changes() {
    return this.#form ? changesOf(this.#base, this.#form.draft) : {};
  }

  /** The form of the order; `onInput` is called after each change. */
  form(choices, onInput, draft = structuredClone(this.#base)) {
    this.#form = new OrderForm(draft, choices, onInput);
    return this.#form;
  }

  /** What the rules say about the draft, and its amounts; nothing is stored. */
  async check() {
    const { order, unreadable, findings } = await postJson(`${this.#url}/check`, this.#changes);
    return { unreadable, findings, summary: () => this.summary(order) };
  }

  /** The amounts, for the foot of the panel. */
  summary(order = this.#stored) {
    this.#form.showNets(order.lines);
    return totalsTable(this.#stored, order);
  }

  /** @returns what to tell the user */
  async save() {
    const { body, etag } = await patchVersion(this.#url, this.#changes, this.#etag);
    this.#take(body, etag);
    this.#form = null; // what it holds is stored, perhaps in another spelling
    return this.isMended ? `${this.name} is mended and ready.` : `${this.name} is saved.`;
  }

  /**
   * After a save was refused: loads the order again.
   * @returns what others changed, and the two drafts to go on with
   */
  async reload() {
    const [mine, base] = [structuredClone(this.#form.draft), this.#base];
    await this.load();
    const own = new Map(differences(base, mine).map(({ path, after }) => [path, after]));
    const changes = differences(base, this.#base).map(({ path, before, after }) => ({
      name: pathName(path), before, after, mine: own.get(path),
    }));
    return { changes, mine, takenOver: merged(base, mine, this.#base) };
  }
}
