// Asks the user to confirm an action that cannot be undone, in a dialog element.

import { element } from "./dom.js";

/**
 * @param {{title: string, text: string, yes: string, no: string}} words
 * @returns {Promise<boolean>}
 */
export function confirmed({ title, text, yes, no }) {
  const dialog = element(
    "dialog",
    { "aria-labelledby": "confirm-title" },
    element("h2", { id: "confirm-title" }, title),
    element("p", {}, text),
    element(
      "form",
      { method: "dialog", class: "actions" },
      element("button", { class: "btn btn-quiet", value: "no", autofocus: "" }, no),
      element("button", { class: "btn btn-danger", value: "yes" }, yes),
    ),
  );
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
  });
}
