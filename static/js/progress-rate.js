// Estimates the speed of a job, and the time left, from its progress in the last seconds.

import { duration, rate } from "./format.js";

export class ProgressRate {
  #samples = [];
  #window;

  constructor(windowSeconds = 12) {
    this.#window = windowSeconds * 1000;
  }

  /** Records that `processed` orders had ended at `now` (milliseconds). */
  add(processed, now) {
    const last = this.#samples.at(-1);
    if (last && processed < last.processed) this.#samples = []; // a retry reduced the count
    this.#samples.push({ processed, now });
    while (this.#samples.length > 2 && now - this.#samples[1].now >= this.#window) {
      this.#samples.shift();
    }
  }

  /** Orders per second; null until half a second is measured. */
  perSecond() {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (!first || last.now - first.now < 500) return null;
    return ((last.processed - first.processed) * 1000) / (last.now - first.now);
  }

  /** Seconds until `pending` more orders have ended; null if the speed is unknown. */
  secondsLeft(pending) {
    const speed = this.perSecond();
    return speed ? pending / speed : null;
  }

  /** "737/s · about 59 s left"; leaves out what is unknown. */
  words(pending) {
    const speed = this.perSecond();
    const left = this.secondsLeft(pending);
    return [speed ? rate(speed) : "", left ? `about ${duration(left)} left` : ""]
      .filter(Boolean)
      .join(" · ");
  }
}
