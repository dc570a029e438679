// The changing parts of a batch job's card: counts, bar, errors, and screen reader announcements.

import { count, plural } from "./format.js";
import { element } from "./dom.js";
import { sentence } from "./isolation.js";

const ERRORS_SHOWN = 3;
const ANNOUNCE_MS = 10000;
const PARTS = ["succeeded", "failed", "cancelled"];

const share = (part, total) => (total ? (part / total) * 100 : 0);

/** Shows the counts of a job's event in the card. */
export function showCounts(card, job) {
  for (const target of card.querySelectorAll("[data-count]")) {
    const number = job[target.dataset.count];
    if (number === undefined) continue;
    target.textContent = count(number);
    target.closest("[data-nonzero]")?.classList.toggle(
      target.closest("[data-nonzero]").dataset.nonzero,
      number > 0,
    );
  }
  const percent = Math.floor(share(job.processed_items, job.total_items));
  const bar = card.querySelector("[role=progressbar]");
  const spoken = `${count(job.successful_items)} invoiced and ${count(job.failed_items)} failed`;
  bar?.setAttribute("aria-valuenow", String(percent));
  bar?.setAttribute("aria-valuetext", `${spoken} of ${count(job.total_items)}`);
  const place = card.querySelector("[data-part=percent]");
  if (place) place.textContent = `${percent} %`;
  if (bar) drawBar(bar, job);
}

/** Shows why the job's orders wait, if they do. */
export function showWaiting(card, job) {
  const place = card.querySelector("[data-part=waiting]");
  if (!place || job.waiting_for === undefined) return;
  const reason = job.waiting_for;
  const text = reason ? `Waiting: ${reason}. The job continues automatically.` : "";
  // A screen reader must not announce an unchanged text again.
  if (place.textContent !== text) place.textContent = text;
  place.hidden = !text;
}

function drawBar(bar, job) {
  const widths = {
    succeeded: share(job.successful_items, job.total_items),
    failed: share(job.failed_items, job.total_items),
    cancelled: share(job.cancelled_items, job.total_items),
  };
  let start = 0;
  for (const part of PARTS) {
    const rect = bar.querySelector(`.bar-${part}`);
    rect.setAttribute("x", `${start}%`);
    rect.setAttribute("width", `${widths[part]}%`);
    start += widths[part];
  }
}

/**
 * The latest errors after an event, oldest first. A snapshot contains all errors, a progress event
 * the new ones, and the two can overlap; each order is listed once.
 */
export function latestErrors(before, job) {
  const received = job.errors ?? [];
  const replaced = new Set(received.map((error) => error.order_id));
  const known = job.type === "snapshot" ? [] : before;
  const kept = known.filter((error) => !replaced.has(error.order_id));
  return [...kept, ...received].slice(-ERRORS_SHOWN);
}

/** Lists errors in the card, newest first. */
export function showErrors(card, errors) {
  const box = card.querySelector("[data-part=errors]");
  if (!box || !errors.length) return;
  const items = errors.map((error) => errorItem(card, error));
  box.querySelector("ul").replaceChildren(...items.reverse());
  box.hidden = false;
}

function errorItem(card, error) {
  const href = card.dataset.orderUrl.replace("__id__", error.order_id);
  return element(
    "li",
    {},
    element("a", { href }, element("bdi", {}, error.order_number ?? String(error.order_id))),
    " ",
    element("bdi", {}, sentence(error.message, error.order_number)),
    error.remedy ? element("span", { class: "remedy" }, error.remedy) : null,
  );
}

const announcedAt = new WeakMap();

/** Lets a screen reader announce the progress, at most every ten seconds. */
export function announce(card, job) {
  const now = performance.now();
  if (now - (announcedAt.get(card) ?? -ANNOUNCE_MS) < ANNOUNCE_MS) return;
  announcedAt.set(card, now);
  const place = card.querySelector("[data-part=announcement]");
  if (!place) return;
  const done = `${count(job.processed_items)} of ${plural(job.total_items, "order")} processed`;
  place.textContent = job.failed_items ? `${done}, ${count(job.failed_items)} failed` : done;
}
