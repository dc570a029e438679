// <retry-failed>: buttons that retry failed orders of a job: all, those of one reason, or one.

import { getJson, postJson } from "./api.js";
import { count, plural } from "./format.js";
import { isOver } from "./job-feed.js";
import { problemNotice } from "./problem.js";
import { toast } from "./toast.js";

class RetryFailed extends HTMLElement {
  connectedCallback() {
    this.addEventListener("click", ({ target }) => {
      const button = target.closest("[data-retry]");
      if (button) this.#retry(button);
    });
  }

  async #retry(button) {
    const problem = this.querySelector("[data-part=retry-problem]");
    const wanted = JSON.parse(button.dataset.retry);
    this.#setBusy(true);
    try {
      const before = await getJson(this.dataset.url.replace("/retry-failed", ""));
      const job = await postJson(this.dataset.url, wanted);
      problem.replaceChildren();
      if (isOver(before)) announceEnd(before, retriedOrders(button, before, job));
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

/** How many orders are retried: from the job's counts, or from the button if they have ended. */
function retriedOrders(button, before, job) {
  return isOver(job) ? Number(button.dataset.orders) : before.failed_items - job.failed_items;
}

/** Shows the result in a toast, because nothing else changes if all orders fail again. */
function announceEnd(before, tried) {
  const onEnd = ({ detail }) => {
    if (detail.jobId !== before.id) return;
    document.removeEventListener("batch-job:ended", onEnd);
    const invoiced = detail.successful_items - before.successful_items;
    const failed = detail.failed_items - before.failed_items + tried;
    const parts = [];
    if (invoiced) parts.push(`${count(invoiced)} invoiced`);
    if (failed > 0) parts.push(`${count(failed)} failed again`);
    toast(`${plural(tried, "order")} tried again: ${parts.join(", ")}.`, { failed: failed > 0 });
  };
  document.addEventListener("batch-job:ended", onEnd);
}

customElements.define("retry-failed", RetryFailed);
