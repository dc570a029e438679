// The organisation as the seller on its invoices, while an admin mends it in the side panel.

import { getVersion, patchVersion, postJson } from "../api.js";
import { isolated } from "../isolation.js";
import { OrganizationForm, FIELDS } from "./organization-form.js";
import { fieldName } from "./words.js";

const URL = "/api/organization";
const NUMBERS = new Set(["payment_days", "order_date_days_ahead"]);
const NULLABLE = new Set(["vat_id", "tax_number"]);

const textOf = (value) => (value === null ? "" : String(value));

export class OrganizationRecord {
  #etag = "";
  #stored = null;
  #base = null;
  #form = null;
  #complaint;

  /** @param {{message?: string, field?: string}} complaint why orders cannot be invoiced */
  constructor({ message, field = "" }) {
    this.#complaint = { message, field };
  }

  async load() {
    const { body, etag } = await getVersion(URL);
    this.#take(body, etag);
  }

  #take(organization, etag) {
    this.#stored = organization;
    this.#etag = etag;
    this.#base = Object.fromEntries(FIELDS.map((name) => [name, textOf(organization[name])]));
  }

  get name() {
    return isolated(this.#stored.name || "Your organisation");
  }

  get subtitle() {
    return "Your organisation, as on the next invoices";
  }

  /** The complaint, until its field is changed; either number may answer for the tax number. */
  get findings() {
    const { message, field = "" } = this.#complaint;
    const draft = this.#form?.draft ?? this.#base;
    const names = field.endsWith(".tax_number") ? ["tax_number", "vat_id"] : [ownName(field)];
    const isMissing = / has (no|neither) /.test(message ?? "");
    const stands = names.every((name) =>
      isMissing ? draft[name]?.trim() === "" : draft[name] === this.#base[name],
    );
    return message && stands ? [{ message, field, remedy: "" }] : [];
  }

  get isMended() {
    return this.findings.length === 0;
  }

  get closed() {
    if (this.#stored.may_change) return null;
    return { words: "Only an admin of the organisation may change this. Ask one to mend it." };
  }

  get isDirty() {
    return Object.keys(this.#changes).length > 0;
  }

  get isSavable() {
    return this.isDirty;
  }

  get #changes() {
    const draft = this.#form?.draft ?? this.#base;
    const changed = FIELDS.filter((name) => draft[name] !== this.#base[name]);
    return Object.fromEntries(changed.map((name) => [name, valueOf(name, draft[name])]));
  }

  form(_choices, onInput, draft = { ...this.#base }) {
    this.#form = new OrganizationForm(draft, onInput);
    return this.#form;
  }

  async check() {
    if (this.closed) return { findings: this.findings, summary: () => "" };
    const { findings } = await postJson(`${URL}/check`, this.#changes);
    return { unreadable: findings, findings: this.findings, summary: () => "" };
  }

  summary() {
    return "";
  }

  async save() {
    const { body, etag } = await patchVersion(URL, this.#changes, this.#etag);
    this.#complaint = {};
    this.#take(body, etag);
    this.#form = null; // what it holds is stored, perhaps in another spelling
    return `${this.name} is changed. Its orders are checked again within a minute.`;
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

const ownName = (field) => field.replace(/^organization\./, "");

/** What the API is sent; a text that is no number is refused there. */
function valueOf(name, text) {
  if (name === "allow_zero_totals") return text === "true";
  if (NUMBERS.has(name)) return /^\s*\d+\s*$/.test(text) ? Number(text) : text;
  return text.trim() === "" && NULLABLE.has(name) ? null : text;
}
