// The cards on top of every page: one for each job that runs in this organisation, whoever
// started it.

import { getHtml, getJson } from "./api.js";
import { fragmentElement } from "./dom.js";
import { ENDED } from "./job-feed.js";

const LOOK_MS = 5000;
const NEWEST = 5;

const region = document.getElementById("job-cards");
const known = new Set();

/** Shows the card of a job on top of the page. */
async function addCard(jobId) {
  known.add(jobId);
  try {
    const html = await getHtml(region.dataset.cardUrl.replace("__id__", jobId));
    const card = fragmentElement(html);
    region.prepend(card);
    return card;
  } catch (error) {
    known.delete(jobId);
    throw error;
  }
}

/** Shows the card of a job that was just started here, and brings it into view. */
export async function showStartedJob(jobId) {
  const card = await addCard(jobId);
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  card.scrollIntoView({ block: "center", behavior: calm ? "auto" : "smooth" });
  card.querySelector("h2 a")?.focus({ preventScroll: true });
}

/** Looks for jobs that were started elsewhere: in another window, by the API, in a terminal. */
async function look() {
  if (document.hidden) return;
  const { items } = await getJson(`${region.dataset.jobsUrl}?limit=${NEWEST}`);
  for (const job of items.filter(({ status }) => !ENDED.has(status))) {
    const card = region.querySelector(`[data-job-id="${job.id}"]`);
    if (card && ENDED.has(card.dataset.status)) {
      document.dispatchEvent(new CustomEvent("batch-job:reopened", { detail: job }));
    }
  }
  const started = items.filter((job) => !ENDED.has(job.status) && !known.has(job.id));
  await Promise.all(started.map((job) => addCard(job.id)));
}

if (region) {
  for (const card of region.querySelectorAll("batch-job-progress")) known.add(card.dataset.jobId);
  setInterval(() => look().catch(() => {}), LOOK_MS); // what fails now may work the next time
}
