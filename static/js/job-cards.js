// The cards on top of every page: one for each job that runs in this organisation, whoever
// started it, and the last one that ended meanwhile.

import { UNATTENDED, getHtml, getJson } from "./api.js";
import { fragmentElement } from "./dom.js";
import { isOver } from "./job-feed.js";
import { isSessionEnded, problemNotice, saysSessionEnded } from "./problem.js";

const LOOK_MS = 5000;
const NEWEST = 5;

const region = document.getElementById("job-cards");
const known = new Set();
const ends = new Map(); // when each job ended, as this page has told its lists

const cardOf = (jobId) => region.querySelector(`[data-job-id="${jobId}"]`);
const endOf = (job) => Date.parse(job.completed_at);

/** Shows the card of a job on top of the page. */
async function addCard(jobId) {
  known.add(jobId);
  try {
    const html = await getHtml(region.dataset.cardUrl.replace("__id__", jobId), UNATTENDED);
    const there = cardOf(jobId); // it was noticed and asked for by both ways
    const card = there ?? fragmentElement(html);
    if (!there) region.prepend(card);
    return card;
  } catch (error) {
    known.delete(jobId);
    throw error;
  }
}

/** Shows the card of a job that was just started here, and brings it into view. */
export async function showStartedJob(jobId) {
  const card = await addCard(jobId);
  card.stayOpen();
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  card.scrollIntoView({ block: "center", behavior: calm ? "auto" : "smooth" });
  card.querySelector(".job-card-title a")?.focus({ preventScroll: true });
}

/** Looks for jobs that were started elsewhere: in another window, by the API, in a terminal. */
async function look() {
  if (document.hidden) return;
  const { items } = await getJson(`${region.dataset.jobsUrl}?limit=${NEWEST}`, UNATTENDED);
  const running = items.filter((job) => !isOver(job));
  const ended = items.filter(isOver).sort((one, other) => endOf(one) - endOf(other));
  for (const job of running) {
    if (cardOf(job.id)?.hasEnded) tell("batch-job:reopened", job);
  }
  const started = running.filter((job) => !known.has(job.id));
  await Promise.all(started.map((job) => addCard(job.id)));
  for (const job of started) tell("batch-job:started", { jobId: job.id });
  await showEnded(ended.filter(isNews));
}

/** Whether a job ended after this page was made, and no card on it has followed it to its end. */
function isNews(job) {
  const toldUntil = ends.get(job.id) ?? Date.parse(region.dataset.endedUntil);
  const followed = cardOf(job.id) && !cardOf(job.id).hasEnded;
  return endOf(job) > toldUntil && !followed;
}

/** A short job may begin and end between two looks: the lists hear of it, the last one is shown. */
async function showEnded(jobs) {
  const unseen = jobs.filter((job) => !known.has(job.id));
  if (unseen.length) await addEndedCard(unseen.at(-1).id);
  for (const job of jobs) {
    ends.set(job.id, endOf(job));
    if (unseen.includes(job)) tell("batch-job:ended", { jobId: job.id, ...job });
    else tell("batch-job:reopened", job); // tried again elsewhere
  }
}

/** One line of what ended is enough: the new one takes the place of those before it. */
async function addEndedCard(jobId) {
  const before = region.querySelectorAll("[data-folded]:not(:focus-within)");
  await addCard(jobId);
  for (const card of before) {
    known.delete(card.dataset.jobId);
    card.remove();
  }
}

function tell(type, detail) {
  document.dispatchEvent(new CustomEvent(type, { detail }));
}

if (region) {
  for (const card of region.querySelectorAll("batch-job-progress")) known.add(card.dataset.jobId);
  document.addEventListener("batch-job:ended", ({ detail }) => {
    ends.set(detail.jobId, endOf(detail));
  });
  const lookAgain = () => look().catch(failed);
  const timer = setInterval(lookAgain, LOOK_MS);
  const failed = (error) => {
    if (!isSessionEnded(error)) return; // it may work the next time
    clearInterval(timer);
    document.removeEventListener("visibilitychange", lookAgain);
    if (!saysSessionEnded()) region.before(problemNotice(error));
  };
  document.addEventListener("visibilitychange", lookAgain);
}
