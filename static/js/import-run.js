// <import-run>: the page of one import. The server renders it; this element updates the figures
// while the import runs, and loads the page's content again when it has ended.

import { UNATTENDED, getHtml, postJson } from "./api.js";
import { confirmed } from "./confirm.js";
import { importFeed } from "./import-feed.js";
import { showImportFigures } from "./import-figures.js";
import { problemNotice } from "./problem.js";
import { pauseAfter } from "./pauses.js";

const CONNECTION_WORDS = {
  live: "Live",
  polling: "Updating every 2 s",
  reconnecting: "Reconnecting…",
  offline: "Server not reachable, trying again",
  refused: "",
};

// What the same file may do when it is imported again, by the button's action.
const PERMISSIONS = {
  "move-orders": {
    permission: "allow_customer_changes",
    text: "Orders that the file has for another customer will move to that customer.",
  },
  "undo-mends": {
    permission: "allow_undone_mends",
    text: "Values that were mended here get the old values of the file again.",
  },
};

class ImportRun extends HTMLElement {
  #feed = null;
  #figures = null;
  #timer = 0;

  connectedCallback() {
    this.addEventListener("click", this.#clicked);
    if ("open" in this.dataset) this.#follow();
  }

  disconnectedCallback() {
    this.removeEventListener("click", this.#clicked);
    this.#feed?.stop();
    clearTimeout(this.#timer);
  }

  #follow() {
    const { socketUrl, runUrl } = this.dataset;
    this.#feed = importFeed(socketUrl, runUrl);
    this.#figures = showImportFigures(this);
    this.#feed.addEventListener("job", ({ detail: run }) => this.#figures.update(run));
    this.#feed.addEventListener("ended", () => this.#reload());
    this.#feed.addEventListener("connection", ({ detail }) => this.#showConnection(detail));
    this.#feed.addEventListener("problem", ({ detail }) => this.#showProblem(detail));
    this.#feed.addEventListener("refused", ({ detail }) => {
      this.#showConnection("refused");
      this.#showProblem(detail);
    });
    this.#feed.start();
  }

  #clicked = ({ target }) => {
    const { action } = target.closest("[data-action]")?.dataset ?? {};
    if (action === "cancel") this.#cancel();
    if (action in PERMISSIONS) this.#allow(PERMISSIONS[action]);
  };

  async #cancel() {
    const sure = await confirmed({
      title: "Cancel this import?",
      text: "What is stored already stays; the rest of the file is not read.",
      yes: "Cancel the import",
      no: "Keep importing",
    });
    if (sure) await this.#send("cancel", {}, () => this.#reload());
  }

  async #allow({ permission, text }) {
    const sure = await confirmed({
      title: "Import the file again?",
      text,
      yes: "Allow and import again",
      no: "Leave them",
    });
    if (!sure) return;
    const permissions = { ...JSON.parse(this.dataset.allowed), [permission]: true };
    await this.#send("import-again", permissions, ({ id }) => {
      location.assign(this.dataset.pageUrl.replace(/[0-9a-f-]{36}/, id));
    });
  }

  async #send(action, body, then) {
    this.#disable(true);
    try {
      await then(await postJson(`${this.dataset.runUrl}/${action}`, body));
    } catch (error) {
      this.#showProblem(error);
      this.#disable(false); // else another page, or new content of this one, is on its way
    }
  }

  #disable(disabled) {
    for (const button of this.querySelectorAll("button")) button.disabled = disabled;
  }

  /** Shows the page as it is now; tries again until the server answers. */
  async #reload(failures = 0) {
    this.#feed?.stop();
    try {
      const page = new DOMParser().parseFromString(
        await getHtml(location.href, UNATTENDED), "text/html",
      );
      const fresh = page.querySelector("import-run");
      if (!fresh) return;
      delete this.dataset.open;
      this.replaceChildren(...document.importNode(fresh, true).childNodes);
      const status = this.querySelector(".badge-status")?.textContent.trim();
      this.querySelector("[data-part=announcement]").textContent = `Import ${status}.`;
    } catch (error) {
      if (!error.mayPass) {
        this.#showConnection("refused");
        this.#showProblem(error);
        return;
      }
      this.#timer = setTimeout(() => this.#reload(failures + 1), pauseAfter(failures + 1));
    }
  }

  #showConnection(state) {
    const place = this.querySelector("[data-part=connection]");
    if (!place) return;
    place.dataset.state = state;
    place.textContent = CONNECTION_WORDS[state];
    if (state === "live" || state === "polling") this.#showProblem(null);
  }

  #showProblem(error) {
    const place = this.querySelector("[data-part=problem]");
    place?.replaceChildren(...(error ? [problemNotice(error)] : []));
  }
}

customElements.define("import-run", ImportRun);
