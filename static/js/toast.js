// Short notes in the corner. They disappear unless the user points at them or focuses them.

import { element, icon } from "./dom.js";
import { sentence } from "./isolation.js";

const SHOWN_MS = 8000;

/**
 * @param {string} text
 * @param {{href?: string, label?: string, failed?: boolean}} options a link to follow
 */
export function toast(text, { href, label, failed = false } = {}) {
  const close = element("button", { type: "button", class: "btn-icon", "aria-label": "Close" });
  close.append(icon("cross"));
  const link = href ? element("a", { href }, label) : null;
  const words = element("p", {}, sentence(text), link ? " " : null, link);
  const note = element("div", { class: `toast-note${failed ? " failed" : ""}` }, words, close);
  close.addEventListener("click", () => note.remove());
  removeLater(note);
  document.getElementById("toasts").append(note);
}

function removeLater(note) {
  let timer;
  const start = () => {
    timer = setTimeout(() => note.remove(), SHOWN_MS);
  };
  for (const type of ["pointerenter", "focusin"]) {
    note.addEventListener(type, () => clearTimeout(timer));
  }
  for (const type of ["pointerleave", "focusout"]) note.addEventListener(type, start);
  start();
}
