// The keys of mending: j and k walk through the failures of a page, "?" shows all keys.

import { element } from "../dom.js";
import { steps } from "./walk.js";

const KEYS = [
  [["J"], "Next failure"],
  [["K"], "Previous failure"],
  [["Enter"], "Open the failure in the panel"],
  [["Ctrl", "Enter"], "Save and go on to the next failure (⌘ Enter on a Mac)"],
  [["Alt", "J"], "Next failure, while typing in a field"],
  [["Alt", "K"], "Previous failure, while typing in a field"],
  [["Escape"], "Close the panel; asks if something is not saved"],
  [["?"], "Show these keys"],
];

/** Whether a key is text for the focused field. */
export const isTyping = ({ target }) =>
  target instanceof Element &&
  target.matches("input:not([type=checkbox], [type=radio]), select, textarea");

export const hasModifier = (event) => event.ctrlKey || event.metaKey || event.altKey;

export function showKeys() {
  const rows = KEYS.map(([keys, words]) => {
    const caps = keys.flatMap((key) => [" ", element("kbd", {}, key)]).slice(1);
    return [element("dt", {}, ...caps), element("dd", {}, words)];
  });
  const dialog = element(
    "dialog",
    { class: "keys-help", "aria-labelledby": "keys-help" },
    element("h2", { id: "keys-help" }, "Keys for mending"),
    element("dl", {}, ...rows.flat()),
    element(
      "form",
      { method: "dialog", class: "actions" },
      element("button", { class: "btn btn-quiet", autofocus: "" }, "Close"),
    ),
  );
  document.body.append(dialog);
  dialog.addEventListener("close", () => dialog.remove());
  dialog.showModal();
}

function walkBy(step) {
  const focused = document.activeElement;
  const container = focused?.closest("[data-walk]") ?? document.querySelector("[data-walk]");
  const buttons = steps(container);
  if (!buttons.length) return;
  const row = focused?.closest("tr, li")?.querySelector("[data-mend]");
  const here = buttons.indexOf(buttons.includes(focused) ? focused : row);
  const next = here < 0 ? (step > 0 ? 0 : buttons.length - 1) : here + step;
  const button = buttons[Math.min(Math.max(next, 0), buttons.length - 1)];
  button.focus({ focusVisible: true });
  button.scrollIntoView({ block: "nearest" });
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || isTyping(event) || hasModifier(event)) return;
  if (document.querySelector("dialog:modal") || !document.querySelector("[data-walk]")) return;
  const key = event.key.toLowerCase();
  if (key === "j" || key === "k") walkBy(key === "j" ? 1 : -1);
  else if (key === "?") showKeys();
  else return;
  event.preventDefault();
});
