// <batch-job-progress>: the card of one batch job. The server renders it, once per status; between
// two statuses this element only changes the figures.

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

/** A job that stood still for so long has no speed: what was measured says nothing any more. */
const STILL_MS = 5000;

class BatchJobProgress extends HTMLElement {
  #feed = null;
  #rate = new ProgressRate();
  #job = null;
  #still = 0;
  #frame = 0;
  #renders = 0;
  #again = 0;
  #errors = [];
  #failuresShown = 0;
  #connection = "reconnecting";
  #staysOpen = false;

  connectedCallback() {
    this.addEventListener("click", this.#clicked);
    document.addEventListener("batch-job:reopened", this.#reopened);
    if (this.hasEnded) this.hidden = this.#isVisitor && isDismissed(this.dataset.jobId);
    else this.#follow();
  }

  get hasEnded() {
    return ENDED.has(this.dataset.status);
  }

  /** Whether the card is shown beside something else, not on its job's own page. */
  get #isVisitor() {
    return this.closest("#job-cards") !== null;
  }

  /** The job was started on this page: what came of it is shown in full when it ends. */
  stayOpen() {
    this.#staysOpen = true;
    this.#fold(false);
  }

  #follow() {
    this.#feed = new JobFeed({ socketUrl: this.dataset.socketUrl, pollUrl: this.dataset.jobUrl });
    this.#feed.addEventListener("job", (event) => this.#took(event.detail));
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
    clearTimeout(this.#still);
    clearTimeout(this.#again);
    this.#renders += 1; // an answer that is still to come finds no card
    this.removeEventListener("click", this.#clicked);
    document.removeEventListener("batch-job:reopened", this.#reopened);
  }

  #took(job) {
    // What was measured before a pause says nothing of what comes after it.
    if (job.status !== this.#job?.status) this.#rate = new ProgressRate();
    if (job.processed_items !== this.#job?.processed_items) this.#moved();
    this.#job = job;
    this.#rate.add(job.processed_items, performance.now());
    if (job.type === "polled") this.#askForErrors(job);
    else this.#errors = latestErrors(this.#errors, job);
    if (!this.#frame) this.#frame = requestAnimationFrame(() => this.#draw());
    this.#tell("batch-job:progress");
    const status = shownStatus(job);
    if (status === this.dataset.status || ENDED.has(status)) return;
    this.#render(status);
    this.#tell("batch-job:status");
  }

  #moved() {
    clearTimeout(this.#still);
    this.#still = setTimeout(() => {
      this.#rate = new ProgressRate();
      this.#fill("speed", "");
    }, STILL_MS);
  }

  /** Orders of a job that had ended are tried again: the card goes live once more. */
  #reopened = ({ detail: job }) => {
    if (job.id !== this.dataset.jobId) return;
    if (this.hasEnded) {
      this.hidden = false;
      this.#errors = [];
      if (isOver(job)) { // as fast as that: there is nothing to follow
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
    const works = this.#job.status === "processing";
    this.#fill("speed", works ? this.#rate.words(this.#job.pending_items ?? 0) : "");
  }

  #ended() {
    this.#fold(this.#isVisitor && !this.#staysOpen);
    this.#render(this.#job.status);
    this.#tell("batch-job:ended");
  }

  /** A new status has a fragment of its own: the server is asked for it until it answers. */
  async #render(status, failures = 0) {
    this.dataset.status = status;
    clearTimeout(this.#again);
    const mine = ++this.#renders;
    try {
      const fresh = fragmentElement(await getHtml(this.dataset.cardUrl, UNATTENDED));
      if (mine !== this.#renders) return; // a later status overtook this answer
      const focused = this.contains(document.activeElement);
      this.replaceChildren(...fresh.childNodes);
      if (focused) this.querySelector(".job-card-title a, button")?.focus();
    } catch (error) {
      if (mine !== this.#renders) return;
      this.#showProblem(error);
      if (!error.mayPass) return;
      const pause = pauseAfter(failures + 1);
      this.#again = setTimeout(() => this.#render(status, failures + 1), pause);
      return;
    }
    if (!ENDED.has(status)) this.#draw();
    this.#showConnection(this.#connection);
    this.#fold(this.#isFolded);
  }

  get #isFolded() {
    return "folded" in this.dataset;
  }

  /** An ended job beside other things is one line, and more on demand. */
  #fold(folded) {
    this.toggleAttribute("data-folded", folded);
    this.querySelector("[data-action=fold]")?.setAttribute("aria-expanded", String(!folded));
  }

  #clicked = (event) => {
    const action = event.target.closest("[data-action]")?.dataset.action;
    const button = event.target.closest("button");
    if (action === "cancel") this.#cancel(button);
    if (action === "pause" || action === "resume") this.#ask(action, button);
    if (action === "fold") this.#fold(!this.#isFolded);
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
    const fresh = fragmentElement(await getHtml(this.dataset.cardUrl, UNATTENDED).catch(() => ""));
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
