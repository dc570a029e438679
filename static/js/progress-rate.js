// How fast a job runs and how long it will take, from the last few seconds of its progress.

import { duration, rate } from "./format.js";

export class ProgressRate {
  #samples = [];
  #window;

  constructor(windowSeconds = 12) {
    this.#window = windowSeconds * 1000;
  }

  /** Notes that `processed` orders had ended at `now` (milliseconds). */
  add(processed, now) {
    const last = this.#samples.at(-1);
    if (last && processed < last.processed) this.#samples = []; // a retry starts anew
    this.#samples.push({ processed, now });
    while (this.#samples.length > 2 && now - this.#samples[1].now >= this.#window) {
      this.#samples.shift();
    }
  }

  /** Orders per second, or null while there is too little to judge by. */
  perSecond() {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (!first || last.now - first.now < 500) return null;
    return ((last.processed - first.processed) * 1000) / (last.now - first.now);
  }

  /** Seconds until `pending` more orders have ended, or null when that cannot be said. */
  secondsLeft(pending) {
    const speed = this.perSecond();
    return speed ? pending / speed : null;
  }

  /** "737/s · about 59 s left", as far as it can be said. */
  words(pending) {
    const speed = this.perSecond();
    const left = this.secondsLeft(pending);
    return [speed ? rate(speed) : "", left ? `about ${duration(left)} left` : ""]
      .filter(Boolean)
      .join(" · ");
  }
}
