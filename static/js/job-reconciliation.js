// <job-reconciliation>: what was asked of the job against what came of it. Counted by the server
// when the page is there, and again when the job ends or a person changes its course.

import { getHtml } from "./api.js";
import { fragmentElement } from "./dom.js";
import { problemNotice } from "./problem.js";

const WHEN = ["batch-job:ended", "batch-job:status"];

class JobReconciliation extends HTMLElement {
  #asked = 0;
  #heard = ({ detail }) => {
    if (detail.jobId === this.dataset.job) this.#show();
  };

  connectedCallback() {
    for (const type of WHEN) document.addEventListener(type, this.#heard);
    this.#show();
  }

  disconnectedCallback() {
    for (const type of WHEN) document.removeEventListener(type, this.#heard);
  }

  async #show() {
    const mine = ++this.#asked;
    try {
      const fresh = fragmentElement(await getHtml(this.dataset.url));
      if (mine === this.#asked) this.replaceChildren(fresh);
    } catch (error) {
      if (mine === this.#asked) this.replaceChildren(problemNotice(error));
    }
  }
}

customElements.define("job-reconciliation", JobReconciliation);
