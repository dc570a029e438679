// <batch-job-progress>: the card of one batch job. The server renders it for each status; this
// element updates the figures in between.

import { UNATTENDED, getHtml, postJson } from "./api.js";
import { confirmed } from "./confirm.js";
import { fragmentElement } from "./dom.js";
import { plural } from "./format.js";
import { dismiss, isDismissed } from "./dismissed-jobs.js";
import { announce, latestErrors, showCounts, showErrors, showWaiting } from "./job-figures.js";
import { ENDED, isOver, JobFeed, shownStatus } from "./job-feed.js";
import { pauseAfter } from "./pauses.js";
import { problemNotice } from "./problem.js";
import { ProgressRate } from "./progress-rate.js";

const CONNECTION_WORDS = {
  live: "Live",
  polling: "Updating every 2 s",
  reconnecting: "Reconnecting…",
  offline: "Server not reachable, trying again",
  refused: "",
};

/** Without progress for this long, the card shows no speed. */
const STALLED_MS = 5000;

class BatchJobProgress extends HTMLElement {
  #feed = null;
  #rate = new ProgressRate();
  #job = null;
  #stallTimer = 0;
  #frame = 0;
  #renderNumber = 0;
  #retryTimer = 0;
  #errors = [];
  #failuresShown = 0;
  #connection = "reconnecting";
  #staysOpen = false;

  connectedCallback() {
    this.addEventListener("click", this.#clicked);
    document.addEventListener("batch-job:reopened", this.#reopened);
    if (this.hasEnded) this.hidden = this.#isInRegion && isDismissed(this.dataset.jobId);
    else this.#follow();
  }

  get hasEnded() {
    return ENDED.has(this.dataset.status);
  }

  /** Whether this is a card at the top of every page, and not the card on its job's page. */
  get #isInRegion() {
    return this.closest("#job-cards") !== null;
  }

  /** Keeps the card open when the job ends, because the user started the job on this page. */
  stayOpen() {
    this.#staysOpen = true;
    this.#fold(false);
  }

  #follow() {
    this.#feed = new JobFeed({ socketUrl: this.dataset.socketUrl, pollUrl: this.dataset.jobUrl });
    this.#feed.addEventListener("job", (event) => this.#update(event.detail));
    this.#feed.addEventListener("ended", () => this.#ended());
    this.#feed.addEventListener("connection", (event) => this.#showConnection(event.detail));
    this.#feed.addEventListener("problem", (event) => this.#showProblem(event.detail));
    this.#feed.addEventListener("refused", (event) => {
      this.#showConnection("refused");
      this.#showProblem(event.detail);
    });
    this.#feed.start();
  }

  disconnectedCallback() {
    this.#feed?.stop();
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#stallTimer);
    clearTimeout(this.#retryTimer);
    this.#renderNumber += 1; // an answer that is still in flight will be ignored
    this.removeEventListener("click", this.#clicked);
    document.removeEventListener("batch-job:reopened", this.#reopened);
  }

  #update(job) {
    // The speed before a pause does not predict the speed after it.
    if (job.status !== this.#job?.status) this.#rate = new ProgressRate();
    if (job.processed_items !== this.#job?.processed_items) this.#restartStallTimer();
    this.#job = job;
    this.#rate.add(job.processed_items, performance.now());
    if (job.type === "polled") this.#loadErrors(job);
    else this.#errors = latestErrors(this.#errors, job);
    if (!this.#frame) this.#frame = requestAnimationFrame(() => this.#draw());
    this.#emit("batch-job:progress");
    const status = shownStatus(job);
    if (status === this.dataset.status || ENDED.has(status)) return;
    this.#render(status);
    this.#emit("batch-job:status");
  }

  #restartStallTimer() {
    clearTimeout(this.#stallTimer);
    this.#stallTimer = setTimeout(() => {
      this.#rate = new ProgressRate();
      this.#fill("speed", "");
    }, STALLED_MS);
  }

  /** Follows an ended job again when its failed orders are retried. */
  #reopened = ({ detail: job }) => {
    if (job.id !== this.dataset.jobId) return;
    if (this.hasEnded) {
      this.hidden = false;
      this.#errors = [];
      if (isOver(job)) { // the retry has ended already
        this.#job = job;
        this.#ended();
        return;
      }
      this.#fold(false);
      this.#follow();
    }
    this.#feed.take({ type: "polled", ...job });
  };

  #draw() {
    this.#frame = 0;
    showCounts(this, this.#job);
    showErrors(this, this.#errors);
    showWaiting(this, this.#job);
    announce(this, this.#job);
    const isRunning = this.#job.status === "processing";
    this.#fill("speed", isRunning ? this.#rate.words(this.#job.pending_items ?? 0) : "");
  }

  #ended() {
    this.#fold(this.#isInRegion && !this.#staysOpen);
    this.#render(this.#job.status);
    this.#emit("batch-job:ended");
  }

  /** Loads the card for a new status; tries again until the server answers. */
  async #render(status, failures = 0) {
    this.dataset.status = status;
    clearTimeout(this.#retryTimer);
    const number = ++this.#renderNumber;
    try {
      const fresh = fragmentElement(await getHtml(this.dataset.cardUrl, UNATTENDED));
      if (number !== this.#renderNumber) return; // a later render has started
      const focused = this.contains(document.activeElement);
      this.replaceChildren(...fresh.childNodes);
      if (focused) this.querySelector(".job-card-title a, button")?.focus();
    } catch (error) {
      if (number !== this.#renderNumber) return;
      this.#showProblem(error);
      if (!error.mayPass) return;
      const pause = pauseAfter(failures + 1);
      this.#retryTimer = setTimeout(() => this.#render(status, failures + 1), pause);
      return;
    }
    if (!ENDED.has(status)) this.#draw();
    this.#showConnection(this.#connection);
    this.#fold(this.#isFolded);
  }

  get #isFolded() {
    return "folded" in this.dataset;
  }

  /** Folds the card to one line, or unfolds it. */
  #fold(folded) {
    this.toggleAttribute("data-folded", folded);
    this.querySelector("[data-action=fold]")?.setAttribute("aria-expanded", String(!folded));
  }

  #clicked = (event) => {
    const action = event.target.closest("[data-action]")?.dataset.action;
    const button = event.target.closest("button");
    if (action === "cancel") this.#cancel(button);
    if (action === "pause" || action === "resume") this.#post(action, button);
    if (action === "fold") this.#fold(!this.#isFolded);
    if (action === "dismiss") {
      dismiss(this.dataset.jobId);
      this.hidden = true;
    }
  };

  async #cancel(button) {
    const pending = this.#job?.pending_items ?? Number(this.dataset.pending);
    const isConfirmed = await confirmed({
      title: "Cancel this job?",
      text: `Invoices that are already issued stay. The remaining ${plural(pending, "order")} will not be invoiced and can be selected again later.`,
      yes: "Cancel the job",
      no: "Keep it running",
    });
    if (isConfirmed) await this.#post("cancel", button);
  }

  /** Sends an action that changes the job's status. */
  async #post(action, button) {
    button.disabled = true;
    try {
      this.#feed.take({ type: "polled", ...(await postJson(`${this.dataset.jobUrl}/${action}`)) });
    } catch (error) {
      button.disabled = false;
      this.#showProblem(error);
    }
  }

  /** Loads the latest errors, because a polled job has only its first ones. */
  async #loadErrors(job) {
    this.#errors = [];
    if (job.failed_items === this.#failuresShown) return;
    this.#failuresShown = job.failed_items;
    const fresh = fragmentElement(await getHtml(this.dataset.cardUrl, UNATTENDED).catch(() => ""));
    const errors = fresh?.querySelector("[data-part=errors]");
    if (errors) this.querySelector("[data-part=errors]")?.replaceWith(errors);
  }

  #showConnection(state) {
    this.#connection = state;
    const target = this.querySelector("[data-part=connection]");
    if (!target) return;
    target.dataset.state = state;
    target.textContent = CONNECTION_WORDS[state];
    if (state !== "offline") this.querySelector("[data-part=problem]")?.replaceChildren();
  }

  #showProblem(error) {
    this.querySelector("[data-part=problem]")?.replaceChildren(problemNotice(error));
  }

  #fill(part, text) {
    const target = this.querySelector(`[data-part=${part}]`);
    if (target) target.textContent = text;
  }

  #emit(type) {
    const detail = { jobId: this.dataset.jobId, ...this.#job };
    this.dispatchEvent(new CustomEvent(type, { bubbles: true, detail }));
  }
}

customElements.define("batch-job-progress", BatchJobProgress);
