// The cards at the top of every page: one for each running job of this organisation, and one for
// the job that ended last while the page was open.

import { UNATTENDED, getHtml, getJson } from "./api.js";
import { fragmentElement } from "./dom.js";
import { isOver } from "./job-feed.js";
import { isSessionEnded, problemNotice, saysSessionEnded } from "./problem.js";

const POLL_MS = 5000;
const NEWEST = 5;

const region = document.getElementById("job-cards");
const known = new Set();
const ends = new Map(); // when each job ended, as last emitted on this page

const cardOf = (jobId) => region.querySelector(`[data-job-id="${jobId}"]`);
const endOf = (job) => Date.parse(job.completed_at);

/** Shows the card of a job at the top of the page. */
async function addCard(jobId) {
  known.add(jobId);
  try {
    const html = await getHtml(region.dataset.cardUrl.replace("__id__", jobId), UNATTENDED);
    const existing = cardOf(jobId); // another call may have added it meanwhile
    const card = existing ?? fragmentElement(html);
    if (!existing) region.prepend(card);
    return card;
  } catch (error) {
    known.delete(jobId);
    throw error;
  }
}

/** Shows the card of a job that was just started on this page, and scrolls to it. */
export async function showStartedJob(jobId) {
  const card = await addCard(jobId);
  card.stayOpen();
  const reducedMotion = matchMedia("(prefers-reduced-motion: reduce)").matches;
  card.scrollIntoView({ block: "center", behavior: reducedMotion ? "auto" : "smooth" });
  card.querySelector(".job-card-title a")?.focus({ preventScroll: true });
}

/** Finds jobs that were started elsewhere: in another window, by the API, by a command. */
async function poll() {
  if (document.hidden) return;
  const { items } = await getJson(`${region.dataset.jobsUrl}?limit=${NEWEST}`, UNATTENDED);
  const running = items.filter((job) => !isOver(job));
  const ended = items.filter(isOver).sort((one, other) => endOf(one) - endOf(other));
  for (const job of running) {
    if (cardOf(job.id)?.hasEnded) emit("batch-job:reopened", job);
  }
  const started = running.filter((job) => !known.has(job.id));
  await Promise.all(started.map((job) => addCard(job.id)));
  for (const job of started) emit("batch-job:started", { jobId: job.id });
  await showEnded(ended.filter(isNews));
}

/** Whether a job ended after the page was rendered, and no card on the page showed its end. */
function isNews(job) {
  const emittedUntil = ends.get(job.id) ?? Date.parse(region.dataset.endedUntil);
  const followed = cardOf(job.id) && !cardOf(job.id).hasEnded;
  return endOf(job) > emittedUntil && !followed;
}

/** Announces jobs that started and ended between two polls, and shows the last one. */
async function showEnded(jobs) {
  const unseen = jobs.filter((job) => !known.has(job.id));
  if (unseen.length) await addEndedCard(unseen.at(-1).id);
  for (const job of jobs) {
    ends.set(job.id, endOf(job));
    if (unseen.includes(job)) emit("batch-job:ended", { jobId: job.id, ...job });
    else emit("batch-job:reopened", job); // retried elsewhere
  }
}

/** Shows only the job that ended last: its card replaces the folded ones. */
async function addEndedCard(jobId) {
  const before = region.querySelectorAll("[data-folded]:not(:focus-within)");
  await addCard(jobId);
  for (const card of before) {
    known.delete(card.dataset.jobId);
    card.remove();
  }
}

function emit(type, detail) {
  document.dispatchEvent(new CustomEvent(type, { detail }));
}

if (region) {
  for (const card of region.querySelectorAll("batch-job-progress")) known.add(card.dataset.jobId);
  document.addEventListener("batch-job:ended", ({ detail }) => {
    ends.set(detail.jobId, endOf(detail));
  });
  const pollNow = () => poll().catch(failed);
  const timer = setInterval(pollNow, POLL_MS);
  const failed = (error) => {
    if (!isSessionEnded(error)) return; // the next poll may succeed
    clearInterval(timer);
    document.removeEventListener("visibilitychange", pollNow);
    if (!saysSessionEnded()) region.before(problemNotice(error));
  };
  document.addEventListener("visibilitychange", pollNow);
}
