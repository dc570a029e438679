// Where a batch job stands, as it changes: the WebSocket while it works, polling while it does not.

import { getJson } from "./api.js";

const POLL_MS = 2000;
const FIRST_MESSAGE_MS = 5000;
const SILENCE_MS = 15000;
const RETRY_MS = [1000, 2000, 4000, 8000, 15000, 30000];
const FORBIDDEN = 1008;

export const ENDED = new Set(["completed", "failed", "cancelled"]);

const pendingItems = (job) => job.total_items - job.processed_items - job.cancelled_items;

/** Whether nothing more will happen; a job that was cancelled lets go of its orders after that. */
export const isOver = (job) => ENDED.has(job.status) && pendingItems(job) === 0;

/**
 * Emits `job` (detail: an event of the job), `connection` (detail: `live`, `polling`,
 * `reconnecting` or `offline`) and `ended`.
 */
export class JobFeed extends EventTarget {
  #socketUrl;
  #pollUrl;
  #socket = null;
  #revision = -1;
  #last = null;
  #failures = 0;
  #timers = { poll: 0, retry: 0, silence: 0 };
  #stopped = false;

  constructor({ socketUrl, pollUrl }) {
    super();
    this.#socketUrl = new URL(socketUrl, location.href);
    this.#socketUrl.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    this.#pollUrl = pollUrl;
  }

  start() {
    this.#connect();
  }

  stop() {
    this.#stopped = true;
    for (const timer of Object.values(this.#timers)) clearTimeout(timer);
    this.#drop();
  }

  #tell(type, detail) {
    if (!this.#stopped) this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  #connect() {
    if (this.#stopped) return;
    const socket = new WebSocket(this.#socketUrl);
    this.#socket = socket;
    socket.addEventListener("message", (message) => {
      if (socket === this.#socket) this.#heard(JSON.parse(message.data));
    });
    socket.addEventListener("close", (close) => {
      if (socket === this.#socket) this.#failed(close.code);
    });
    this.#expectFirstMessage();
  }

  #drop() {
    const socket = this.#socket;
    this.#socket = null;
    clearTimeout(this.#timers.silence);
    socket?.close();
  }

  #heard(event) {
    this.#failures = 0;
    clearTimeout(this.#timers.poll);
    this.#timers.poll = 0;
    this.#tell("connection", "live");
    this.take(event);
    if (!this.#stopped) this.#watchSilence();
  }

  /** Takes in what is known of the job now, from whichever side it came. */
  take(event) {
    if (event.revision !== undefined) {
      if (event.revision < this.#revision) return;
      this.#revision = event.revision;
    }
    this.#last = { ...event, pending_items: pendingItems(event) };
    this.#tell("job", this.#last);
    if (event.type === "done" || isOver(event)) {
      this.#tell("ended", this.#last);
      this.stop();
    }
  }

  #failed(code) {
    this.#drop();
    if (!this.#timers.poll) this.#tell("connection", "reconnecting");
    this.#pollSoon(0);
    if (code === FORBIDDEN) return; // polling says why
    const wait = RETRY_MS[Math.min(this.#failures, RETRY_MS.length - 1)];
    this.#failures += 1;
    this.#timers.retry = setTimeout(() => this.#connect(), wait);
  }

  #expectFirstMessage() {
    this.#timers.silence = setTimeout(() => this.#failed(0), FIRST_MESSAGE_MS);
  }

  // A connection that a sleeping laptop or a proxy has cut can look open for minutes; a paused
  // job is silent too. What the server says of the job tells the two apart.
  #watchSilence() {
    clearTimeout(this.#timers.silence);
    this.#timers.silence = setTimeout(async () => {
      const before = this.#last;
      const job = await getJson(this.#pollUrl).catch(() => null);
      if (this.#stopped || this.#last !== before) return;
      const same = job?.status === before.status && job.processed_items === before.processed_items;
      if (same) this.#watchSilence();
      else this.#failed(0);
    }, SILENCE_MS);
  }

  #pollSoon(milliseconds) {
    if (this.#timers.poll || this.#stopped) return;
    this.#timers.poll = setTimeout(() => this.#poll(), milliseconds);
  }

  async #poll() {
    const mine = this.#timers.poll;
    try {
      const job = await getJson(this.#pollUrl);
      if (this.#timers.poll !== mine) return; // the socket came back meanwhile
      this.#tell("connection", "polling");
      this.take({ type: "polled", ...job });
    } catch (error) {
      if (this.#timers.poll !== mine) return;
      this.#tell("connection", "offline");
      this.#tell("problem", error);
    }
    this.#timers.poll = 0;
    this.#pollSoon(POLL_MS);
  }
}
