// The cards on top of every page: one for each job that runs in this organisation.

import { getHtml } from "./api.js";
import { fragmentElement } from "./dom.js";

const region = () => document.getElementById("job-cards");

/** Shows the card of a job that was just started, and brings it into view. */
export async function showJobCard(jobId) {
  const html = await getHtml(region().dataset.cardUrl.replace("__id__", jobId));
  const card = fragmentElement(html);
  region().querySelector(`[data-job-id="${CSS.escape(jobId)}"]`)?.remove();
  region().prepend(card);
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  card.scrollIntoView({ block: "center", behavior: calm ? "auto" : "smooth" });
  card.querySelector("h2 a")?.focus({ preventScroll: true });
}
