// <retry-failed>: buttons that try failed orders of the job again: all, those of one reason, or one.

import { postJson } from "./api.js";
import { problemNotice } from "./problem.js";

class RetryFailed extends HTMLElement {
  connectedCallback() {
    this.addEventListener("click", ({ target }) => {
      const button = target.closest("[data-retry]");
      if (button) this.#retry(button);
    });
  }

  async #retry(button) {
    const problem = this.querySelector("[data-part=retry-problem]");
    this.#setBusy(true);
    try {
      const job = await postJson(this.dataset.url, JSON.parse(button.dataset.retry));
      problem.replaceChildren();
      document.dispatchEvent(new CustomEvent("batch-job:reopened", { detail: job }));
    } catch (error) {
      problem.replaceChildren(problemNotice(error));
    } finally {
      this.#setBusy(false);
    }
  }

  #setBusy(busy) {
    for (const button of this.querySelectorAll("[data-retry]")) button.disabled = busy;
  }
}

customElements.define("retry-failed", RetryFailed);
