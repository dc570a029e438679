// <job-reconciliation>: what was asked of the job against what came of it. Counted by the server
// when the page is there, and again when the job ends or a person changes its course.

import { UNATTENDED, getHtml } from "./api.js";
import { element, fragmentElement } from "./dom.js";
import { problemNotice } from "./problem.js";

const WHEN = ["batch-job:ended", "batch-job:status"];
const AGAIN_MS = 5000;

class JobReconciliation extends HTMLElement {
  #asked = 0;
  #timer = 0;
  #failed = false;
  #heard = ({ detail }) => {
    if (detail.jobId === this.dataset.job) this.#show();
  };

  connectedCallback() {
    for (const type of WHEN) document.addEventListener(type, this.#heard);
    this.#show();
  }

  disconnectedCallback() {
    clearTimeout(this.#timer);
    this.#asked += 1;
    for (const type of WHEN) document.removeEventListener(type, this.#heard);
  }

  async #show() {
    clearTimeout(this.#timer);
    const mine = ++this.#asked;
    try {
      const fresh = fragmentElement(await getHtml(this.dataset.url, UNATTENDED));
      if (mine !== this.#asked) return; // asked again meanwhile
      this.replaceChildren(fresh);
      this.#failed = false;
    } catch (error) {
      if (mine === this.#asked) this.#showProblem(error);
    }
  }

  /** A server that was away comes back; what is wrong with the request itself stays wrong. */
  #showProblem(error) {
    if (error.mayPass) {
      this.#timer = setTimeout(() => this.#show(), AGAIN_MS);
    }
    if (this.#failed) return; // said once is enough for who listens
    this.#failed = true;
    const again = element("button", { type: "button", class: "btn btn-quiet btn-sm" }, "Try again");
    again.addEventListener("click", () => this.#show());
    this.replaceChildren(problemNotice(error), element("p", { class: "panel-body mb-0" }, again));
  }
}

customElements.define("job-reconciliation", JobReconciliation);
