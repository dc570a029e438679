// <live-list>: a list that updates itself while jobs run, without moving rows that the user reads.

import { UNATTENDED, getHtml } from "./api.js";
import { plural } from "./format.js";
import { keepingFocus } from "./mending/keep-focus.js";
import { pauseAfter } from "./pauses.js";

const REFRESH_MS = 2000;

class LiveList extends HTMLElement {
  #timer = 0;
  #isRequested = false;
  #failures = 0;
  #onJobEvent = ({ detail }) => {
    const { job } = this.dataset;
    if (!job || job === detail.jobId) this.#refreshSoon();
  };

  #refreshNow = () => this.#refresh({ force: true }).catch(() => this.#refreshSoon());

  connectedCallback() {
    document.addEventListener("orders:changed", this.#refreshNow);
    if (this.dataset.refresh !== "at-end") {
      document.addEventListener("batch-job:progress", this.#onJobEvent);
    }
    if (this.dataset.refresh === "while-open") this.#followOpenRows();
    document.addEventListener("batch-job:started", this.#onJobEvent);
    document.addEventListener("batch-job:ended", this.#onJobEvent);
    this.querySelector("[data-action=show-new]")?.addEventListener("click", () => {
      this.#refreshNow();
      this.scrollIntoView({ block: "start" });
    });
  }

  disconnectedCallback() {
    clearTimeout(this.#timer);
    document.removeEventListener("orders:changed", this.#refreshNow);
    document.removeEventListener("import:changed", this.#onImportEvent);
    document.removeEventListener("batch-job:progress", this.#onJobEvent);
    document.removeEventListener("batch-job:started", this.#onJobEvent);
    document.removeEventListener("batch-job:ended", this.#onJobEvent);
  }

  /** Refreshes while a row says that it will change; `import:changed` says that one came. */
  #followOpenRows() {
    const follow = () => {
      if (this.querySelector("[data-open]")) this.#refreshSoon();
    };
    this.addEventListener("live-list:refreshed", follow);
    document.addEventListener("import:changed", this.#onImportEvent);
    follow();
  }

  #onImportEvent = () => this.#refreshSoon();

  /** Refreshes at most every two seconds, and once after the last event. */
  #refreshSoon() {
    this.#isRequested = true;
    if (this.#timer) return;
    const pause = this.#failures ? pauseAfter(this.#failures) : 0;
    this.#timer = setTimeout(async () => {
      this.#isRequested = false;
      try {
        await this.#refresh({ force: false });
        this.#failures = 0;
      } catch (error) {
        this.#failures += 1;
        this.#isRequested ||= error.mayPass; // there may be no further event
      }
      this.#timer = 0;
      if (this.#isRequested && this.isConnected) this.#refreshSoon();
    }, Math.max(REFRESH_MS, pause));
  }

  async #refresh({ force }) {
    const html = await getHtml(location.href, force ? {} : UNATTENDED);
    const page = new DOMParser().parseFromString(html, "text/html");
    const fresh = page.querySelector(`live-list[data-list="${this.dataset.list}"]`);
    if (fresh) keepingFocus(this, () => this.#show(fresh, force));
  }

  #show(fresh, force) {
    for (const place of this.querySelectorAll("[data-live]")) {
      const replacement = fresh.querySelector(`[data-live="${place.dataset.live}"]`);
      if (replacement) place.replaceWith(document.importNode(replacement, true));
    }
    const rows = this.querySelector("tbody");
    const freshRows = fresh.querySelector("tbody");
    if (!rows || !freshRows) this.#replaceAll(fresh);
    else if (force || this.#isUndisturbed()) mergeRows(rows, freshRows);
    else this.#offer(rows, freshRows);
    if (force || this.#isUndisturbed()) this.#hideOffer();
    this.dispatchEvent(new CustomEvent("live-list:refreshed", { bubbles: true }));
  }

  #replaceAll(fresh) {
    const body = this.querySelector("[data-part=body]");
    const replacement = fresh.querySelector("[data-part=body]");
    if (body && replacement) body.replaceWith(document.adoptNode(replacement));
  }

  /** Whether rows may change: the top is in view, and no row is focused or selected. */
  #isUndisturbed() {
    const isUsed = this.querySelector("tbody :is(:focus-visible, input:checked)");
    return !isUsed && this.getBoundingClientRect().top > -80;
  }

  #offer(rows, freshRows) {
    const known = new Set([...rows.children].map((row) => row.dataset.key));
    const added = [...freshRows.children].filter((row) => !known.has(row.dataset.key)).length;
    const pill = this.querySelector(".refresh-pill");
    if (!pill || (!added && freshRows.children.length === rows.children.length)) return;
    const words = added ? `Show ${plural(added, "new row")}` : "The list has changed: show";
    pill.querySelector("button").textContent = words;
    pill.hidden = false;
  }

  #hideOffer() {
    const pill = this.querySelector(".refresh-pill");
    if (pill) pill.hidden = true;
  }
}

/** Makes `rows` equal to `freshRows`, keeping the elements of unchanged rows. */
function mergeRows(rows, freshRows) {
  const wanted = new Map([...freshRows.children].map((row) => [row.dataset.key, row]));
  const known = new Map();
  for (const row of [...rows.children]) {
    if (wanted.has(row.dataset.key)) known.set(row.dataset.key, row);
    else row.remove();
  }
  let next = rows.firstElementChild;
  for (const [key, fresh] of wanted) {
    const row = known.get(key);
    if (!row) {
      fresh.classList.add("is-new");
      rows.insertBefore(document.adoptNode(fresh), next);
    } else {
      if (row.textContent !== fresh.textContent) row.replaceChildren(...fresh.childNodes);
      if (row === next) next = next.nextElementSibling;
      else rows.insertBefore(row, next);
    }
  }
}

customElements.define("live-list", LiveList);
