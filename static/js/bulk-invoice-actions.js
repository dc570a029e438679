// <bulk-invoice-actions>: selecting orders in the list it holds, and creating their invoices.

import { postJson } from "./api.js";
import { BatchPreview } from "./batch-preview.js";
import { exactCount } from "./exact-count.js";
import { plural } from "./format.js";
import { idempotencyKey } from "./idempotency-key.js";
import { showStartedJob } from "./job-cards.js";
import { offerAllMatching } from "./offer-all-matching.js";
import { problemNotice, totalChangedNotice } from "./problem.js";
import { Selection } from "./selection.js";
import { toast } from "./toast.js";

/** How long the button rests when its number changed under a hand that was about to press twice. */
const READ_MS = 1000;

class BulkInvoiceActions extends HTMLElement {
  #selection = null;
  #preview = null;
  #intention = null; // what was asked for, until it is done or another selection is made
  #lastTicked = null;
  #shift = false;
  #busy = false;
  #resting = false;

  connectedCallback() {
    this.#selection = new Selection(this.dataset.filter);
    this.#preview = new BatchPreview(this, (total) => {
      if (this.#selection.isAllMatching) this.#learn(total);
    });
    const early = this.#boxes.filter((box) => box.checked); // ticked before this script had come
    if (early.length) this.#selection.set(early.map(({ value }) => value), true);
    this.addEventListener("click", (event) => this.#clicked(event), true);
    this.addEventListener("change", (event) => this.#changed(event));
    this.addEventListener("live-list:refreshed", () => this.#refreshed());
    // Going back brings the page as it was, with boxes that the selection no longer knows.
    addEventListener("pageshow", () => this.#show());
    this.#refreshed();
  }

  #refreshed() {
    this.#show();
    this.#preview.again(this.#orders, this.#selection.size(this.#matching));
    this.#count();
  }

  get #filter() {
    return JSON.parse(this.dataset.filter);
  }

  /** How many orders match; null while that is being counted. */
  get #matching() {
    const { matching, countUrl } = this.querySelector("[data-matching]").dataset;
    return countUrl ? null : Number(matching);
  }

  /** The list came with "more than 1,000"; whoever selects them all wants to know how many. */
  async #count() {
    const place = this.querySelector("[data-count-url]");
    const figures = place && (await exactCount(place.dataset.countUrl).catch(() => null));
    if (!figures || !place.isConnected) return;
    this.#learn(figures.matching);
  }

  /** How many match is known better now. */
  #learn(total) {
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
    if (action === "select-all-matching") {
      this.#selection.selectAllMatching();
      this.#count(); // again, should it have failed
    } else if (action === "clear") this.#selection.clear();
    else return undefined;
    this.#touched();
    this.#settle();
    return undefined;
  }

  #changed({ target }) {
    if (target.name === "page") {
      this.#selection.set(this.#boxes.map((box) => box.value), target.checked);
    } else if (target.name === "order") {
      this.#tick(target);
    } else if (target.name !== "priority") return;
    this.#touched();
    if (target.name !== "priority") this.#settle();
  }

  #settle() {
    this.#preview.settle(this.#orders, this.#selection.size(this.#matching));
  }

  /** One box, or with Shift all boxes since the last one. */
  #tick(box) {
    const boxes = this.#boxes;
    const here = boxes.indexOf(box);
    const there = this.#shift ? boxes.findIndex(({ value }) => value === this.#lastTicked) : -1;
    const range = there < 0 ? [box] : boxes.slice(Math.min(here, there), Math.max(here, there) + 1);
    if (this.#selection.isAllMatching) this.#selection.only(boxes.map(({ value }) => value));
    this.#selection.set(range.map(({ value }) => value), box.checked);
    this.#lastTicked = box.value;
  }

  /** Another selection is another request. */
  #touched() {
    this.#intention = null;
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
    // How many they are is known before one presses.
    create.disabled = this.#busy || this.#resting || !selected;
  }

  async #create() {
    if (this.#busy || this.#resting) return;
    this.#busy = true;
    this.#show();
    const problem = this.querySelector("[data-part=problem]");
    this.#intention ??= { key: idempotencyKey(), request: this.#request() };
    const { key, request } = this.#intention;
    try {
      const job = await postJson(this.dataset.url, request, { "Idempotency-Key": key });
      this.#selection.clear();
      this.#touched();
      this.#settle();
      const href = this.dataset.jobUrl.replace("__id__", job.id);
      toast("Batch job started", { href, label: "Open job" });
      // The toast leads there as well, should the card not come.
      showStartedJob(job.id).catch(() => {});
      document.dispatchEvent(new CustomEvent("batch-job:started", { detail: { jobId: job.id } }));
    } catch (error) {
      const { code, actual_total: total } = error.problem ?? {};
      const changed = code === "total_changed";
      if (changed) this.#askAgain(total);
      problem.replaceChildren(
        changed ? totalChangedNotice(request.expected_total, total) : problemNotice(error),
      );
      problem.scrollIntoView({ block: "nearest" });
    } finally {
      this.#busy = false;
      this.#show();
    }
  }

  /** The button says the new number, and is to be pressed anew. */
  #askAgain(total) {
    this.#intention = null;
    this.#learn(total);
    this.#settle();
    this.#resting = true;
    setTimeout(() => {
      this.#resting = false;
      this.#show();
    }, READ_MS);
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
