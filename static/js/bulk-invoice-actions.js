// <bulk-invoice-actions>: selects orders in the list that it contains, and creates their invoices.

import { postJson } from "./api.js";
import { BatchPreview } from "./batch-preview.js";
import { exactCount } from "./exact-count.js";
import { plural } from "./format.js";
import { idempotencyKey } from "./idempotency-key.js";
import { showStartedJob } from "./job-cards.js";
import { offerAllMatching } from "./offer-all-matching.js";
import { problemNotice, totalChangedNotice } from "./problem.js";
import { changeOrders } from "./mending/bulk-change.js";
import { Selection } from "./selection.js";
import { toast } from "./toast.js";

/** When its number changes, the button is disabled for this long, against an accidental click. */
const PAUSE_MS = 1000;

class BulkInvoiceActions extends HTMLElement {
  #selection = null;
  #preview = null;
  #pending = null; // the request, until it succeeds or the selection changes
  #lastTicked = null;
  #shift = false;
  #busy = false;
  #paused = false;

  connectedCallback() {
    this.#selection = new Selection(this.dataset.filter);
    this.#preview = new BatchPreview(this, (total) => {
      if (this.#selection.isAllMatching) this.#setMatching(total);
    });
    const early = this.#boxes.filter((box) => box.checked); // ticked before this script ran
    if (early.length) this.#selection.set(early.map(({ value }) => value), true);
    this.addEventListener("click", (event) => this.#clicked(event), true);
    this.addEventListener("change", (event) => this.#changed(event));
    this.addEventListener("live-list:refreshed", () => this.#refreshed());
    // After going back, the browser restores boxes that are no longer selected.
    addEventListener("pageshow", () => this.#show());
    this.#refreshed();
  }

  #refreshed() {
    this.#show();
    this.#preview.refresh(this.#orders, this.#selection.size(this.#matching));
    this.#count();
  }

  get #filter() {
    return JSON.parse(this.dataset.filter);
  }

  /** How many orders match; null until they are counted. */
  get #matching() {
    const { matching, countUrl } = this.querySelector("[data-matching]").dataset;
    return countUrl ? null : Number(matching);
  }

  /** Loads the exact number if the page says only "more than 1,000". */
  async #count() {
    const place = this.querySelector("[data-count-url]");
    const figures = place && (await exactCount(place.dataset.countUrl).catch(() => null));
    if (!figures || !place.isConnected) return;
    this.#setMatching(figures.matching);
  }

  /** Shows the exact number of matching orders. */
  #setMatching(total) {
    const place = this.querySelector("[data-matching]");
    place.dataset.matching = total;
    delete place.dataset.countUrl;
    this.#show();
  }

  get #boxes() {
    return [...this.querySelectorAll("input[name=order]")];
  }

  #clicked(event) {
    this.#shift = event.shiftKey;
    const action = event.target.closest("[data-action]")?.dataset.action;
    if (action === "create") return void this.#create();
    if (action === "change") {
      changeOrders(this.#orders, { size: this.#selection.size(this.#matching) });
      return undefined;
    }
    if (action === "select-all-matching") {
      this.#selection.selectAllMatching();
      this.#count(); // an earlier attempt may have failed
    } else if (action === "clear") this.#selection.clear();
    else return undefined;
    this.#onSelectionChange();
    this.#resetPreview();
    return undefined;
  }

  #changed({ target }) {
    if (target.name === "page") {
      this.#selection.set(this.#boxes.map((box) => box.value), target.checked);
    } else if (target.name === "order") {
      this.#tick(target);
    } else if (target.name !== "priority") return;
    this.#onSelectionChange();
    if (target.name !== "priority") this.#resetPreview();
  }

  #resetPreview() {
    this.#preview.reset(this.#orders, this.#selection.size(this.#matching));
  }

  /** Ticks one box, or with Shift all boxes from the one ticked last. */
  #tick(box) {
    const boxes = this.#boxes;
    const current = boxes.indexOf(box);
    const last = this.#shift ? boxes.findIndex(({ value }) => value === this.#lastTicked) : -1;
    const [first, end] = [Math.min(current, last), Math.max(current, last) + 1];
    const range = last < 0 ? [box] : boxes.slice(first, end);
    if (this.#selection.isAllMatching) this.#selection.only(boxes.map(({ value }) => value));
    this.#selection.set(range.map(({ value }) => value), box.checked);
    this.#lastTicked = box.value;
  }

  /** Forgets the pending request, because another selection needs another request. */
  #onSelectionChange() {
    this.#pending = null;
    this.querySelector("[data-part=problem]").replaceChildren();
    this.#show();
  }

  #show() {
    const boxes = this.#boxes;
    for (const box of boxes) box.checked = this.#selection.has(box.value);
    const ticked = boxes.filter((box) => box.checked).length;
    const page = this.querySelector("input[name=page]");
    if (page) {
      page.checked = ticked > 0 && ticked === boxes.length;
      page.indeterminate = ticked > 0 && ticked < boxes.length;
      page.disabled = boxes.length === 0;
    }
    this.#showBar(this.#selection.size(this.#matching));
    offerAllMatching(this, {
      matching: this.#matching,
      wholePage: Boolean(page?.checked),
      all: this.#selection.isAllMatching,
    });
  }

  #showBar(selected) {
    const counted = selected !== null;
    this.querySelector(".selection-bar").hidden = selected === 0;
    this.querySelector("[data-part=selected]").textContent = counted
      ? `${plural(selected, "order")} selected`
      : "Counting the orders that match…";
    const create = this.querySelector("[data-action=create]");
    const words = counted ? `Create ${plural(selected, "invoice")}` : "Create invoices";
    create.textContent = this.#busy ? "Starting…" : words;
    // The button is enabled only when it shows the number.
    create.disabled = this.#busy || this.#paused || !selected;
  }

  async #create() {
    if (this.#busy || this.#paused) return;
    this.#busy = true;
    this.#show();
    const problem = this.querySelector("[data-part=problem]");
    this.#pending ??= { key: idempotencyKey(), request: this.#request() };
    const { key, request } = this.#pending;
    try {
      const job = await postJson(this.dataset.url, request, { "Idempotency-Key": key });
      this.#selection.clear();
      this.#onSelectionChange();
      this.#resetPreview();
      const href = this.dataset.jobUrl.replace("__id__", job.id);
      toast("Batch job started", { href, label: "Open job" });
      // If the card cannot be loaded, the toast still links to the job.
      showStartedJob(job.id).catch(() => {});
      document.dispatchEvent(new CustomEvent("batch-job:started", { detail: { jobId: job.id } }));
    } catch (error) {
      const { code, actual_total: total } = error.problem ?? {};
      const changed = code === "total_changed";
      if (changed) this.#showNewTotal(total);
      problem.replaceChildren(
        changed ? totalChangedNotice(request.expected_total, total) : problemNotice(error),
      );
      problem.scrollIntoView({ block: "nearest" });
    } finally {
      this.#busy = false;
      this.#show();
    }
  }

  /** Shows the new number, which the user confirms by pressing the button again. */
  #showNewTotal(total) {
    this.#pending = null;
    this.#setMatching(total);
    this.#resetPreview();
    this.#paused = true;
    setTimeout(() => {
      this.#paused = false;
      this.#show();
    }, PAUSE_MS);
  }

  get #orders() {
    if (this.#selection.isAllMatching) return { filter: this.#filter };
    return { order_ids: this.#selection.ids.map(Number) };
  }

  #request() {
    const priority = this.querySelector("[name=priority]").value;
    const expected_total = this.#selection.size(this.#matching);
    return { ...this.#orders, priority, expected_total };
  }
}

customElements.define("bulk-invoice-actions", BulkInvoiceActions);
