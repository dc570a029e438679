// <bulk-invoice-actions>: selecting orders in the list it holds, and creating their invoices.

import { postJson } from "./api.js";
import { exactCount } from "./exact-count.js";
import { count, plural } from "./format.js";
import { idempotencyKey } from "./idempotency-key.js";
import { showStartedJob } from "./job-cards.js";
import { problemNotice } from "./problem.js";
import { Selection } from "./selection.js";
import { toast } from "./toast.js";

class BulkInvoiceActions extends HTMLElement {
  #selection = null;
  #key = idempotencyKey();
  #lastTicked = null;
  #shift = false;
  #busy = false;

  connectedCallback() {
    this.#selection = new Selection(this.dataset.filter);
    const early = this.#boxes.filter((box) => box.checked); // ticked before this script had come
    if (early.length) this.#selection.set(early.map(({ value }) => value), true);
    this.addEventListener("click", (event) => this.#clicked(event), true);
    this.addEventListener("change", (event) => this.#changed(event));
    this.addEventListener("live-list:refreshed", () => {
      this.#show();
      this.#count();
    });
    // Going back brings the page as it was, with boxes that the selection no longer knows.
    addEventListener("pageshow", () => this.#show());
    this.#show();
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
    place.dataset.matching = figures.matching;
    delete place.dataset.countUrl;
    this.#show();
  }

  get #boxes() {
    return [...this.querySelectorAll("input[name=order]")];
  }

  #clicked(event) {
    this.#shift = event.shiftKey;
    const action = event.target.closest("[data-action]")?.dataset.action;
    if (action === "select-all-matching") {
      this.#selection.selectAllMatching();
      this.#count(); // again, should it have failed
    } else if (action === "clear") this.#selection.clear();
    else if (action === "create") return void this.#create();
    else return undefined;
    this.#touched();
    return undefined;
  }

  #changed({ target }) {
    if (target.name === "page") {
      this.#selection.set(this.#boxes.map((box) => box.value), target.checked);
    } else if (target.name === "order") {
      this.#tick(target);
    } else if (target.name !== "priority") return;
    this.#touched();
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

  /** Another selection is another request: it gets a key of its own. */
  #touched() {
    this.#key = idempotencyKey();
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
    this.#offerAllMatching(page?.checked);
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
    create.disabled = this.#busy || !selected; // how many they are is known before one presses
  }

  #offerAllMatching(wholePage) {
    const offer = this.querySelector(".select-all");
    const matching = this.#matching;
    const more = matching === null || matching > this.#boxes.length;
    offer.hidden = !(more && (wholePage || this.#selection.isAllMatching));
    const all = this.#selection.isAllMatching;
    offer.querySelector("[data-part=page-selected]").hidden = all;
    offer.querySelector("[data-part=all-selected]").hidden = !all;
    for (const place of offer.querySelectorAll("[data-part=matching]")) {
      place.textContent = matching === null ? "" : count(matching);
    }
  }

  async #create() {
    if (this.#busy) return;
    this.#busy = true;
    this.#show();
    const problem = this.querySelector("[data-part=problem]");
    try {
      const job = await postJson(this.dataset.url, this.#request(), { "Idempotency-Key": this.#key });
      problem.replaceChildren();
      this.#selection.clear();
      this.#key = idempotencyKey();
      const href = this.dataset.jobUrl.replace("__id__", job.id);
      toast("Batch job started", { href, label: "Open job" });
      // The toast leads there as well, should the card not come.
      showStartedJob(job.id).catch(() => {});
    } catch (error) {
      problem.replaceChildren(problemNotice(error));
      problem.scrollIntoView({ block: "nearest" });
    } finally {
      this.#busy = false;
      this.#show();
    }
  }

  #request() {
    const priority = this.querySelector("[name=priority]").value;
    if (this.#selection.isAllMatching) return { filter: this.#filter, priority };
    return { order_ids: this.#selection.ids.map(Number), priority };
  }
}

customElements.define("bulk-invoice-actions", BulkInvoiceActions);
