// <job-reconciliation>: compares what the job was to do with what it did. Loaded from the server
// with the page, and again when the job ends or its status changes.

import { UNATTENDED, getHtml } from "./api.js";
import { element, fragmentElement } from "./dom.js";
import { problemNotice } from "./problem.js";

const EVENTS = ["batch-job:ended", "batch-job:status"];
const RETRY_MS = 5000;

class JobReconciliation extends HTMLElement {
  #requestNumber = 0;
  #timer = 0;
  #failed = false;
  #onJobEvent = ({ detail }) => {
    if (detail.jobId === this.dataset.job) this.#show();
  };

  connectedCallback() {
    for (const type of EVENTS) document.addEventListener(type, this.#onJobEvent);
    this.#show();
  }

  disconnectedCallback() {
    clearTimeout(this.#timer);
    this.#requestNumber += 1;
    for (const type of EVENTS) document.removeEventListener(type, this.#onJobEvent);
  }

  async #show() {
    clearTimeout(this.#timer);
    const number = ++this.#requestNumber;
    try {
      const fresh = fragmentElement(await getHtml(this.dataset.url, UNATTENDED));
      if (number !== this.#requestNumber) return; // a later request has started
      this.replaceChildren(fresh);
      this.#failed = false;
    } catch (error) {
      if (number === this.#requestNumber) this.#showProblem(error);
    }
  }

  /** Shows the problem; repeats the request if it may succeed later. */
  #showProblem(error) {
    if (error.mayPass) {
      this.#timer = setTimeout(() => this.#show(), RETRY_MS);
    }
    if (this.#failed) return; // a screen reader must announce it only once
    this.#failed = true;
    const retry = element("button", { type: "button", class: "btn btn-quiet btn-sm" }, "Try again");
    retry.addEventListener("click", () => this.#show());
    this.replaceChildren(problemNotice(error), element("p", { class: "panel-body mb-0" }, retry));
  }
}

customElements.define("job-reconciliation", JobReconciliation);
