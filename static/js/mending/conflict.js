// Shows what somebody else changed meanwhile, and lets the user choose how to go on.

import { element, icon } from "../dom.js";

const shown = (value) => (value === null ? "no such row" : value === "" ? "(empty)" : value);

/**
 * @param {Array<{name: string, before: string, after: string, mine?: string}>} changes
 * @param {{takeOver: () => void, keepMine: () => void}} answers
 */
export function conflictNotice(changes, { takeOver, keepMine }) {
  const head = ["Field", "Was", "Is now", "Yours"].map((title) =>
    element("th", { scope: "col" }, title),
  );
  const rows = changes.map((change) =>
    element(
      "tr",
      {},
      element("th", { scope: "row" }, change.name),
      ...[change.before, change.after].map((value) => element("td", {}, bdi(shown(value)))),
      element("td", {}, change.mine === undefined ? "–" : bdi(shown(change.mine))),
    ),
  );
  return element(
    "div",
    { class: "notice notice-warn mend-conflict", role: "alert" },
    icon("alert"),
    element(
      "div",
      {},
      element("p", {}, element("strong", {}, "Somebody else changed this meanwhile.")),
      element("p", {}, "Nothing of yours was saved yet."),
      element(
        "div",
        { class: "table-scroll", tabindex: "0", role: "group", "aria-label": "What changed" },
        element(
          "table",
          { class: "mend-changes" },
          element("caption", { class: "visually-hidden" }, "What changed meanwhile"),
          element("thead", {}, element("tr", {}, ...head)),
          element("tbody", {}, ...rows),
        ),
      ),
      element(
        "div",
        { class: "actions" },
        button("btn btn-primary btn-sm", "Take over these changes", takeOver),
        button("btn btn-quiet btn-sm", "Keep my values", keepMine),
      ),
    ),
  );
}

const bdi = (text) => element("bdi", {}, text);

function button(kind, words, act) {
  const made = element("button", { type: "button", class: kind }, words);
  made.addEventListener("click", act);
  return made;
}
