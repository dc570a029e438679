// <failure-groups>: under each reason for which orders of a job failed, what has to be mended.
// Loaded with the page, and again when orders change; it keeps what it knows while the page
// replaces it.

import { UNATTENDED, getJson } from "../api.js";
import { element } from "../dom.js";
import { count } from "../format.js";
import { problemNotice } from "../problem.js";
import { groupList } from "./group-list.js";
import { keepingFocus } from "./keep-focus.js";
import { steps } from "./walk.js";

const known = new Map(); // by URL: the groups as they were last, and which are open

let hasMended = false; // on this page

class FailureGroups extends HTMLElement {
  #requestNumber = 0;
  #onChange = () => {
    hasMended = true;
    this.#load();
  };

  connectedCallback() {
    document.addEventListener("orders:changed", this.#onChange);
    if (!known.has(this.dataset.url)) known.set(this.dataset.url, { found: null, open: new Set() });
    if (this.#known.found) this.#draw();
    this.#load();
  }

  disconnectedCallback() {
    this.#requestNumber += 1;
    document.removeEventListener("orders:changed", this.#onChange);
  }

  get #known() {
    return known.get(this.dataset.url);
  }

  async #load() {
    const number = (this.#requestNumber += 1);
    try {
      const found = await getJson(this.dataset.url, UNATTENDED);
      if (number !== this.#requestNumber) return;
      this.#known.found = found;
      keepingFocus(this, () => this.#draw());
      this.#keepFocusOnThePage();
    } catch (error) {
      if (number !== this.#requestNumber) return;
      this.querySelector("[data-part=groups-problem]").replaceChildren(problemNotice(error));
    }
  }

  #draw() {
    const { found, open } = this.#known;
    for (const place of this.querySelectorAll("[data-code]")) {
      const groups = found.groups.filter((group) => group.error_code === place.dataset.code);
      const { orderUrl, job } = this.dataset;
      const choose = ({ error_code }) => ({ failed_in: { job_id: job, error_code } });
      place.replaceChildren(groupList(groups, { orderUrl, choose, open }));
    }
    this.querySelector("[data-part=more]").hidden = !found.more;
    this.#offerRetry(found.mended);
  }

  /** The button that retries exactly the orders that were mended. */
  #offerRetry(mended) {
    const place = this.querySelector("[data-part=retry-mended]");
    if (!place) return;
    if (!mended) {
      place.replaceChildren();
      return;
    }
    const words = `Retry ${count(mended)} mended`;
    const known = place.querySelector("button");
    if (known) {
      known.textContent = words;
      known.dataset.orders = mended;
      return;
    }
    const attributes = {
      type: "button",
      class: "btn btn-primary btn-sm",
      "data-retry": '{"mended": true}',
      "data-orders": String(mended),
      "data-after-mending": "",
    };
    place.replaceChildren(element("button", attributes, words));
  }

  /** After the last failure was mended: the focus that went with its button goes to the retry. */
  #keepFocusOnThePage() {
    if (!hasMended || document.activeElement !== document.body || steps(this).length) return;
    this.querySelector("[data-after-mending]")?.focus({ focusVisible: true, preventScroll: true });
  }
}

customElements.define("failure-groups", FailureGroups);
