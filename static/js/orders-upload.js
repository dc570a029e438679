// <orders-upload>: uploads files of orders, one after the other, and shows how each import goes.

import { getJson, postFile } from "./api.js";
import { element } from "./dom.js";
import { idempotencyKey } from "./idempotency-key.js";
import { importFeed, isImportOver } from "./import-feed.js";
import { showImportFigures } from "./import-figures.js";
import { importReport } from "./import-report.js";
import { isolated } from "./isolation.js";
import { problemNotice } from "./problem.js";

const ROWS_ASKED = 200;
const TYPES = {
  xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
  ods: "application/vnd.oasis.opendocument.spreadsheet",
};

class OrdersUpload extends HTMLElement {
  #feed = null;
  #isBusy = false;

  connectedCallback() {
    this.querySelector("input[type=file]").addEventListener("change", ({ target }) => {
      const files = [...target.files];
      target.value = "";
      this.#sendAll(files);
    });
    // The browser would open a file that is dropped beside the target.
    addEventListener("dragover", this.#offer);
    addEventListener("drop", this.#dropped);
    addEventListener("dragleave", this.#left);
  }

  disconnectedCallback() {
    removeEventListener("dragover", this.#offer);
    removeEventListener("drop", this.#dropped);
    removeEventListener("dragleave", this.#left);
    this.#feed?.stop();
  }

  #offer = (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    if (!this.#isBusy) this.classList.add("is-offered");
  };

  /** Without a related target the pointer has left the window. */
  #left = ({ relatedTarget }) => {
    if (!relatedTarget) this.classList.remove("is-offered");
  };

  #dropped = (event) => {
    if (!hasFiles(event)) return; // text may be dropped into a field
    event.preventDefault();
    this.classList.remove("is-offered");
    if (!this.#isBusy) this.#sendAll([...event.dataTransfer.files]);
  };

  async #sendAll(files) {
    if (!files.length) return;
    const places = files.map(({ name }) =>
      element("section", { class: "upload-file", "aria-label": isolated(name) }),
    );
    this.querySelector(".upload-result").replaceChildren(...places);
    this.#setBusy(true);
    for (const [number, file] of files.entries()) await this.#send(file, places[number]);
    this.#setBusy(false);
  }

  #setBusy(isBusy) {
    this.#isBusy = isBusy;
    this.querySelector("fieldset").disabled = isBusy;
  }

  async #send(file, place) {
    const name = element("bdi", {}, file.name);
    place.replaceChildren(
      element("p", { class: "muted", role: "status" }, "Uploading ", name, "…"),
    );
    let run = null;
    try {
      const query = new URLSearchParams({ file_name: file.name });
      const headers = { "Idempotency-Key": idempotencyKey() };
      const url = `${this.dataset.url}?${query}`;
      run = await postFile(url, file, typeOf(file), headers);
      const ended = isImportOver(run) ? run : await this.#follow(run, place);
      place.replaceChildren(...(await this.#reportOf(ended)));
    } catch (error) {
      const link = run && element("a", { href: this.#pageOf(run) }, "Open the import");
      place.replaceChildren(problemNotice(error), ...(link ? [link] : []));
    }
    document.dispatchEvent(new CustomEvent("import:changed"));
  }

  /** Shows the import's progress, and returns its last state. */
  #follow(run, place) {
    const pageUrl = this.#pageOf(run);
    place.replaceChildren(...progressOf(run, pageUrl));
    const figures = showImportFigures(place);
    document.dispatchEvent(new CustomEvent("import:changed"));
    return new Promise((resolve, reject) => {
      this.#feed = importFeed(`/ws/imports/${run.id}`, `${this.dataset.url}/${run.id}`);
      this.#feed.addEventListener("job", ({ detail }) => figures.update(detail));
      this.#feed.addEventListener("ended", () => resolve(run));
      this.#feed.addEventListener("refused", ({ detail }) => reject(detail));
      this.#feed.start();
    });
  }

  async #reportOf({ id }) {
    const url = `${this.dataset.url}/${id}`;
    const [run, findings, changes] = await Promise.all([
      getJson(url),
      getJson(`${url}/findings?limit=${ROWS_ASKED}`),
      getJson(`${url}/changes?limit=${ROWS_ASKED}`),
    ]);
    const urls = { listUrl: this.dataset.listUrl, pageUrl: this.#pageOf(run) };
    return importReport(run, findings.items, changes.items, urls);
  }

  #pageOf(run) {
    return this.dataset.pageUrl.replace(/[0-9a-f-]{36}/, run.id);
  }
}

const hasFiles = ({ dataTransfer }) => dataTransfer.types.includes("Files");

/** The browser's own guess depends on what is installed. */
function typeOf(file) {
  return TYPES[file.name.split(".").at(-1).toLowerCase()] ?? "text/csv";
}

function progressOf(run, pageUrl) {
  const svg = document.querySelector("template#import-bar").content.cloneNode(true);
  return [
    element(
      "p",
      { role: "status" },
      "Importing ",
      element("a", { href: pageUrl }, element("bdi", {}, run.file_name)),
      "…",
    ),
    svg,
    element(
      "div",
      { class: "bar-legend" },
      element(
        "span",
        {},
        element("span", { "data-part": "percent" }, "0 %"),
        " read · ",
        element("span", { "data-count": "orders_created" }, "0"),
        " new, ",
        element("span", { "data-count": "orders_rejected" }, "0"),
        " rejected",
      ),
      element("span", { "data-part": "speed" }),
    ),
    element("p", { class: "visually-hidden", "aria-live": "polite", "data-part": "announcement" }),
  ];
}

customElements.define("orders-upload", OrdersUpload);
