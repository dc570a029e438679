// A sheet at the side of the window, on a phone the whole window, as a modal dialog.

import { element, icon } from "../dom.js";

let made = 0;

export class Sheet {
  #mayClose;
  #opener = null;

  /**
   * @param {{mayClose?: () => Promise<boolean>}} options `mayClose` is asked first
   */
  constructor({ mayClose = async () => true } = {}) {
    this.#mayClose = mayClose;
    const id = `sheet-${(made += 1)}`;
    this.title = element("h2", { id, class: "sheet-title" });
    this.subtitle = element("p", { class: "sheet-subtitle" });
    this.tools = element("div", { class: "sheet-tools" });
    this.body = element("div", { class: "sheet-body", tabindex: "-1" });
    this.foot = element("footer", { class: "sheet-foot-bar" });
    this.dialog = this.#dialog(id);
  }

  #dialog(id) {
    const close = element(
      "button",
      { type: "button", class: "btn-icon", "aria-label": "Close", title: "Close (Escape)" },
      icon("cross"),
    );
    close.addEventListener("click", () => this.close());
    const head = element(
      "header",
      { class: "sheet-head-bar" },
      element("div", { class: "sheet-names" }, this.title, this.subtitle),
      this.tools,
      close,
    );
    const dialog = element(
      "dialog",
      { class: "side-sheet", "aria-labelledby": id },
      head,
      this.body,
      this.foot,
    );
    dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      this.close();
    });
    dialog.addEventListener("mousedown", (event) => {
      if (event.target === dialog) this.close(); // the backdrop belongs to the dialog
    });
    return dialog;
  }

  get isOpen() {
    return this.dialog.open;
  }

  open() {
    if (this.isOpen) return;
    this.#opener = document.activeElement;
    if (!this.dialog.isConnected) document.body.append(this.dialog);
    this.dialog.showModal();
  }

  /** Closes unless `mayClose` says no; the focus returns to where it was. */
  async close() {
    if (!this.isOpen || !(await this.#mayClose())) return false;
    this.dialog.close();
    if (this.#opener?.isConnected) this.#opener.focus();
    this.dialog.dispatchEvent(new CustomEvent("sheet:closed"));
    return true;
  }
}
