// The changing parts of an import: its counts, bar and speed.

import { count, duration, rate } from "./format.js";
import { ProgressRate } from "./progress-rate.js";

const ANNOUNCE_MS = 10000;

/** Shows a run's states in `place`: `[data-count]`, the bar, `percent`, `speed`, `announcement`. */
export function showImportFigures(place) {
  const rows = new ProgressRate();
  const bytes = new ProgressRate();
  let announced = performance.now();

  const fill = (part, text) => {
    const target = place.querySelector(`[data-part=${part}]`);
    if (target && target.textContent !== text) target.textContent = text;
  };

  function update(run) {
    const now = performance.now();
    // Before its first rows are stored, a file may be looked through, and is then read again.
    const looking = run.rows === 0;
    rows.add(run.rows, now);
    if (!looking) bytes.add(run.bytes_read, now);
    for (const target of place.querySelectorAll("[data-count]")) {
      const number = run[target.dataset.count];
      if (number === undefined) continue;
      target.textContent = count(number);
      const marked = target.closest("[data-nonzero]");
      marked?.classList.toggle(marked.dataset.nonzero, number > 0);
    }
    const percent = run.size_bytes ? Math.floor((run.bytes_read * 100) / run.size_bytes) : 0;
    const reading = place.querySelector("[data-part=reading]");
    if (reading) reading.hidden = !looking || percent === 0;
    fill("percent", `${percent} %`);
    fill("speed", speed(rows, bytes, run));
    const bar = place.querySelector("[role=progressbar]");
    bar?.setAttribute("aria-valuenow", String(percent));
    bar?.querySelector("rect").setAttribute("width", `${percent}%`);
    if (now - announced < ANNOUNCE_MS) return;
    announced = now;
    fill("announcement", `${percent} % read, ${count(run.error_count)} findings`);
  }

  return { update };
}

function speed(rows, bytes, run) {
  const perSecond = rows.perSecond();
  const left = bytes.secondsLeft(run.size_bytes - run.bytes_read);
  return [
    perSecond ? rate(perSecond).replace("/s", " rows/s") : "",
    left ? `about ${duration(left)} left` : "",
  ].filter(Boolean).join(" · ");
}
