// <batch-job-progress>: the card of one batch job. The server renders it, once per status; between
// two statuses this element only changes the figures.

import { getHtml, postJson } from "./api.js";
import { confirmed } from "./confirm.js";
import { fragmentElement } from "./dom.js";
import { duration, plural, rate } from "./format.js";
import { dismiss, isDismissed } from "./dismissed-jobs.js";
import { announce, latestErrors, showCounts, showErrors } from "./job-figures.js";
import { ENDED, JobFeed } from "./job-feed.js";
import { problemNotice } from "./problem.js";
import { ProgressRate } from "./progress-rate.js";

const CONNECTION_WORDS = {
  live: "Live",
  polling: "Updating every 2 s",
  reconnecting: "Reconnecting…",
  offline: "Server not reachable, trying again",
};

class BatchJobProgress extends HTMLElement {
  #feed = null;
  #rate = new ProgressRate();
  #job = null;
  #frame = 0;
  #renders = 0;
  #errors = [];
  #failuresShown = 0;
  #connection = "reconnecting";

  connectedCallback() {
    this.addEventListener("click", this.#clicked);
    document.addEventListener("batch-job:reopened", this.#reopened);
    if (ENDED.has(this.dataset.status)) {
      this.hidden = this.closest("#job-cards") !== null && isDismissed(this.dataset.jobId);
      return;
    }
    this.#follow();
  }

  #follow() {
    this.#feed = new JobFeed({ socketUrl: this.dataset.socketUrl, pollUrl: this.dataset.jobUrl });
    this.#feed.addEventListener("job", (event) => this.#took(event.detail));
    this.#feed.addEventListener("ended", () => this.#ended());
    this.#feed.addEventListener("connection", (event) => this.#showConnection(event.detail));
    this.#feed.addEventListener("problem", (event) => this.#showProblem(event.detail));
    this.#feed.start();
  }

  disconnectedCallback() {
    this.#feed?.stop();
    cancelAnimationFrame(this.#frame);
    this.removeEventListener("click", this.#clicked);
    document.removeEventListener("batch-job:reopened", this.#reopened);
  }

  #took(job) {
    this.#job = job;
    this.#rate.add(job.processed_items, performance.now());
    if (job.type === "polled") this.#askForErrors(job);
    else this.#errors = latestErrors(this.#errors, job);
    if (!this.#frame) this.#frame = requestAnimationFrame(() => this.#draw());
    this.#tell("batch-job:progress");
    if (job.status === this.dataset.status || ENDED.has(job.status)) return;
    this.#render(job.status);
    this.#tell("batch-job:status");
  }

  /** Orders of a job that had ended are tried again: the card goes live once more. */
  #reopened = ({ detail: job }) => {
    if (job.id !== this.dataset.jobId) return;
    if (ENDED.has(this.dataset.status)) {
      this.hidden = false;
      this.#errors = [];
      this.#rate = new ProgressRate();
      this.#follow();
    }
    this.#feed.take({ type: "polled", ...job });
  };

  #draw() {
    this.#frame = 0;
    showCounts(this, this.#job);
    showErrors(this, this.#errors);
    announce(this, this.#job);
    const speed = this.#rate.perSecond();
    const left = this.#rate.secondsLeft(this.#job.pending_items ?? 0);
    const words = [speed ? rate(speed) : "", left ? `about ${duration(left)} left` : ""];
    this.#fill("speed", words.filter(Boolean).join(" · "));
  }

  #ended() {
    this.#render(this.#job.status);
    this.#tell("batch-job:ended");
  }

  /** A new status has a fragment of its own: ask the server for it. */
  async #render(status) {
    this.dataset.status = status;
    const mine = ++this.#renders;
    try {
      const fresh = fragmentElement(await getHtml(this.dataset.cardUrl));
      if (mine !== this.#renders) return; // a later status overtook this answer
      const focused = this.contains(document.activeElement);
      this.replaceChildren(...fresh.childNodes);
      if (focused) this.querySelector("h2 a, button")?.focus();
    } catch (error) {
      this.#showProblem(error);
    }
    if (!ENDED.has(status)) this.#draw();
    this.#showConnection(this.#connection);
  }

  #clicked = (event) => {
    const action = event.target.closest("[data-action]")?.dataset.action;
    const button = event.target.closest("button");
    if (action === "cancel") this.#cancel(button);
    if (action === "pause" || action === "resume") this.#ask(action, button);
    if (action === "dismiss") {
      dismiss(this.dataset.jobId);
      this.hidden = true;
    }
  };

  async #cancel(button) {
    const pending = this.#job?.pending_items ?? Number(this.dataset.pending);
    const sure = await confirmed({
      title: "Cancel this job?",
      text: `Invoices that are already issued stay. The remaining ${plural(pending, "order")} will not be invoiced and can be selected again later.`,
      yes: "Cancel the job",
      no: "Keep it running",
    });
    if (sure) await this.#ask("cancel", button);
  }

  /** Asks the server for something that changes the job's status. */
  async #ask(action, button) {
    button.disabled = true;
    try {
      this.#feed.take({ type: "polled", ...(await postJson(`${this.dataset.jobUrl}/${action}`)) });
    } catch (error) {
      button.disabled = false;
      this.#showProblem(error);
    }
  }

  /** A polled job names its first failures; the card shows the latest. */
  async #askForErrors(job) {
    this.#errors = [];
    if (job.failed_items === this.#failuresShown) return;
    this.#failuresShown = job.failed_items;
    const fresh = fragmentElement(await getHtml(this.dataset.cardUrl).catch(() => ""));
    const errors = fresh?.querySelector("[data-part=errors]");
    if (errors) this.querySelector("[data-part=errors]")?.replaceWith(errors);
  }

  #showConnection(state) {
    this.#connection = state;
    const place = this.querySelector("[data-part=connection]");
    if (!place) return;
    place.dataset.state = state;
    place.textContent = CONNECTION_WORDS[state];
    if (state !== "offline") this.querySelector("[data-part=problem]")?.replaceChildren();
  }

  #showProblem(error) {
    this.querySelector("[data-part=problem]")?.replaceChildren(problemNotice(error));
  }

  #fill(part, text) {
    const place = this.querySelector(`[data-part=${part}]`);
    if (place) place.textContent = text;
  }

  #tell(type) {
    const detail = { jobId: this.dataset.jobId, ...this.#job };
    this.dispatchEvent(new CustomEvent(type, { bubbles: true, detail }));
  }
}

customElements.define("batch-job-progress", BatchJobProgress);
