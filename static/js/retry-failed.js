// <retry-failed>: buttons that try failed orders of the job again: all, those of one reason, or one.

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
      if (isOver(before)) announceEnd(before, triedAgain(wanted, before, job));
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

/** How many orders a retry tries again; null if they had ended before the server could say it. */
function triedAgain(wanted, before, job) {
  if (wanted.order_ids) return wanted.order_ids.length;
  if (!wanted.error_code) return before.failed_items;
  return isOver(job) ? null : before.failed_items - job.failed_items;
}

/** What fails again leaves the page as it was: this says that it was tried. */
function announceEnd(before, tried) {
  const heard = ({ detail }) => {
    if (detail.jobId !== before.id) return;
    document.removeEventListener("batch-job:ended", heard);
    const invoiced = detail.successful_items - before.successful_items;
    const parts = [invoiced || tried === null ? `${count(invoiced)} invoiced` : ""];
    const failed = tried === null ? 0 : detail.failed_items - before.failed_items + tried;
    if (failed) parts.push(`${count(failed)} failed again`);
    const what = tried === null ? "Tried again" : `${plural(tried, "order")} tried again`;
    toast(`${what}: ${parts.filter(Boolean).join(", ")}.`, { failed: failed > 0 });
  };
  document.addEventListener("batch-job:ended", heard);
}

customElements.define("retry-failed", RetryFailed);
