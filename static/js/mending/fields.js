// Labelled fields of the side panel, each with a place for what is wrong with it.

import { element, icon } from "../dom.js";
import { sentence } from "../isolation.js";

let made = 0;

/**
 * @param {{path: string, label: string, value: string, kind?: string, choices?: Array,
 *   list?: string, wide?: boolean}} field `kind` is "date", "decimal", "lines" for text of several
 *   lines, or plain text; `choices` are pairs of a value and its words; `list` is the id of a
 *   datalist
 */
export function field({ path, label, value, kind = "text", choices, list, wide = false }) {
  const id = `mend-${(made += 1)}`;
  // An <input> would drop the line breaks of a value.
  const isLong = kind === "lines" || value.includes("\n");
  const typed = isLong ? textArea(id, value) : textInput(id, value, kind, list);
  const input = choices ? select(id, value, choices) : typed;
  input.name = path;
  return element(
    "div",
    { class: `mend-field${wide ? " wide" : ""}`, "data-path": path },
    element("label", { class: "form-label", for: id }, label),
    isLong ? growing(input) : input,
    element("p", { class: "mend-finding", id: `${id}-finding`, hidden: "" }),
  );
}

function textInput(id, value, kind, list) {
  const own = { id, class: "form-control", dir: "auto" };
  const attributes = { ...own, autocomplete: "off", spellcheck: "false" };
  if (kind === "decimal") attributes.inputmode = "decimal";
  if (list) attributes.list = list;
  const input = element("input", { ...attributes, type: kind === "date" ? "date" : "text" });
  input.value = value;
  return input;
}

function textArea(id, value) {
  const attributes = { id, class: "form-control", dir: "auto", rows: "1", spellcheck: "false" };
  const area = element("textarea", attributes);
  area.value = value;
  return area;
}

/** Grows with its text: a hidden copy of the text gives the height (mending.css). */
function growing(area) {
  const place = element("div", { class: "mend-growing", "data-text": area.value }, area);
  area.addEventListener("input", () => {
    place.dataset.text = area.value;
  });
  return place;
}

function select(id, value, choices) {
  const known = choices.some(([each]) => each === value);
  const all = known ? choices : [[value, value || "–"], ...choices];
  const options = all.map(([each, words]) => element("option", { value: each }, words));
  const chosen = element("select", { id, class: "form-select" }, ...options);
  chosen.value = value;
  return chosen;
}

const placeAt = (root, path) => root.querySelector(`[data-path="${CSS.escape(path)}"]`);
const fieldAt = (root, path) => root.querySelector(`.mend-field[data-path="${CSS.escape(path)}"]`);

/**
 * Shows each finding beside its field, and removes the earlier ones.
 * @param {string[]} values the stored values that a message may name
 * @returns {Array} the findings that have no field in the form
 */
export function showFindings(root, findings, pathOf, values = []) {
  const wrong = new Map();
  const elsewhere = [];
  for (const finding of findings) {
    const path = pathOf(finding.field);
    if (!fieldAt(root, path)) elsewhere.push(finding);
    else if (!wrong.has(path)) wrong.set(path, finding);
  }
  for (const place of root.querySelectorAll(".mend-field")) {
    showFinding(place, wrong.get(place.dataset.path), values);
  }
  return elsewhere;
}

function showFinding(place, finding, values) {
  const input = place.querySelector("input, select, textarea");
  const text = place.querySelector(".mend-finding");
  text.hidden = !finding;
  if (finding) {
    text.replaceChildren(icon("alert"), sentence(finding.message, ...values));
    input.setAttribute("aria-invalid", "true");
    input.setAttribute("aria-describedby", text.id);
  } else {
    text.replaceChildren();
    input.removeAttribute("aria-invalid");
    input.removeAttribute("aria-describedby");
  }
}

/** Focuses the field with this path, or the first faulty one, or the first; selects its text. */
export function focusField(root, path) {
  const wanted = path ? placeAt(root, path)?.querySelector("input, select, textarea, button") : null;
  const input = wanted ?? root.querySelector("[aria-invalid=true]") ?? root.querySelector("input");
  if (!input) return;
  input.focus({ preventScroll: true });
  input.scrollIntoView({ block: "center" });
  if (input.matches("input[type=text], textarea") && !input.value.includes("\n")) input.select();
}
