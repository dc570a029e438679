// Follows the progress of a batch job, or of an import, by WebSocket, and by polling while there is no connection.

import { UNATTENDED, getJson } from "./api.js";
import { pauseAfter } from "./pauses.js";

const POLL_MS = 2000;
const FIRST_MESSAGE_MS = 5000;
const SILENCE_MS = 15000;
const REFUSED = 1008;

export const ENDED = new Set(["completed", "failed", "cancelled"]);

const pendingItems = (job) => job.total_items - job.processed_items - job.cancelled_items;

const processed = (job) => job.processed_items;

/** Whether the job and all its orders have ended; a cancelled job first releases open orders. */
export const isOver = (job) => ENDED.has(job.status) && pendingItems(job) === 0;

/** The job's status, or `cancelling` while a cancelled job has orders to release. */
export const shownStatus = (job) =>
  job.status === "cancelled" && !isOver(job) ? "cancelling" : job.status;

/**
 * Follows one job to its end, with one socket at a time. Emits `job` (detail: an event of the job),
 * `connection` (detail: `live`, `polling`, `reconnecting` or `offline`), `problem` (detail: why
 * polling failed) and finally `ended`, or `refused` (detail: why) if the server no longer lets this
 * page see the job.
 */
export class JobFeed extends EventTarget {
  #socketUrl;
  #pollUrl;
  #socket = null;
  #revision = -1;
  #last = null;
  #failures = { socket: 0, poll: 0 };
  #timers = { poll: 0, retry: 0, silence: 0 };
  #stopped = false;
  #isOver;
  #progress;

  /** `progress` is a figure that changes while the job works. */
  constructor({ socketUrl, pollUrl, isOver: over = isOver, progress = processed }) {
    super();
    this.#isOver = over;
    this.#progress = progress;
    this.#socketUrl = new URL(socketUrl, location.href);
    this.#socketUrl.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    this.#pollUrl = pollUrl;
  }

  start() {
    this.#connect();
  }

  stop() {
    this.#stopped = true;
    this.#clear("poll");
    this.#drop();
  }

  #emit(type, detail) {
    if (!this.#stopped) this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  #clear(timer) {
    clearTimeout(this.#timers[timer]);
    this.#timers[timer] = 0;
  }

  #connect() {
    if (this.#stopped) return;
    this.#drop();
    const socket = new WebSocket(this.#socketUrl);
    this.#socket = socket;
    socket.addEventListener("message", (message) => {
      if (socket === this.#socket) this.#onEvent(JSON.parse(message.data));
    });
    socket.addEventListener("close", (close) => {
      if (socket === this.#socket) this.#onSocketFailure(close.code);
    });
    this.#timers.silence = setTimeout(() => this.#onSocketFailure(), FIRST_MESSAGE_MS);
  }

  #connectSoon() {
    this.#failures.socket += 1;
    const pause = pauseAfter(this.#failures.socket);
    this.#timers.retry = setTimeout(() => this.#connect(), pause);
  }

  /** Closes the socket, and cancels the attempt to open the next one. */
  #drop() {
    const socket = this.#socket;
    this.#socket = null;
    this.#clear("silence");
    this.#clear("retry");
    socket?.close();
  }

  #onEvent(event) {
    this.#failures = { socket: 0, poll: 0 };
    this.#clear("poll");
    this.#emit("connection", "live");
    this.take(event);
    if (!this.#stopped) this.#watchSilence();
  }

  /** Accepts the state of the job, from an event or from an answer of the API. */
  take(event) {
    if (event.revision !== undefined) {
      if (event.revision < this.#revision) return;
      this.#revision = event.revision;
    }
    this.#last = { ...event, pending_items: pendingItems(event) };
    this.#emit("job", this.#last);
    if (event.type === "done" || this.#isOver(event)) {
      this.#emit("ended", this.#last);
      this.stop();
    }
  }

  #onSocketFailure(code) {
    this.#drop();
    if (!this.#timers.poll) this.#emit("connection", "reconnecting");
    this.#pollIn(0);
    if (code !== REFUSED) this.#connectSoon(); // if refused, the next poll shows why
  }

  // A connection that was cut by a sleeping laptop or a proxy can look open for minutes, but a
  // paused job sends no events either. So after a silence we poll the job's state from the API.
  #watchSilence() {
    this.#clear("silence");
    const socket = this.#socket;
    const before = this.#last;
    this.#timers.silence = setTimeout(async () => {
      const job = await getJson(this.#pollUrl, UNATTENDED).catch(() => null);
      // Meanwhile the socket may have closed, or an event may have arrived.
      if (socket !== this.#socket || before !== this.#last) return;
      const progress = job && this.#progress(job);
      const same = job?.status === before.status && progress === this.#progress(before);
      if (same) this.#watchSilence();
      else this.#onSocketFailure();
    }, SILENCE_MS);
  }

  #pollIn(milliseconds) {
    if (this.#timers.poll || this.#stopped) return;
    this.#timers.poll = setTimeout(() => this.#poll(), milliseconds);
  }

  async #poll() {
    const timer = this.#timers.poll;
    let pause = POLL_MS;
    try {
      const job = await getJson(this.#pollUrl, UNATTENDED);
      if (this.#timers.poll !== timer) return; // the socket is open again
      this.#failures.poll = 0;
      this.#emit("connection", "polling");
      this.take({ type: "polled", ...job });
      if (!this.#stopped && !this.#socket && !this.#timers.retry) this.#connectSoon();
    } catch (error) {
      if (this.#timers.poll !== timer) return;
      if (!error.mayPass) {
        this.#emit("refused", error);
        this.stop();
        return;
      }
      this.#failures.poll += 1;
      pause = Math.max(POLL_MS, pauseAfter(this.#failures.poll));
      this.#emit("connection", "offline");
      this.#emit("problem", error);
    }
    this.#timers.poll = 0;
    this.#pollIn(pause);
  }
}
