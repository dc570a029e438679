// What the side panel says above a form.

import { element, icon, marked } from "../dom.js";
import { sentence } from "../isolation.js";

/** Why a record cannot be changed, with a link to the reason. */
export function closedNotice({ words, href, label }) {
  return element(
    "div",
    { class: "notice", role: "status" },
    icon("invoice"),
    element("p", {}, words, " ", element("a", { href }, label)),
  );
}

/** Findings that no field of the form is about, for example a missing VAT id of the seller. */
export function findingsNotice(findings) {
  const items = findings.map(({ message, remedy }) =>
    element(
      "li",
      {},
      sentence(message),
      remedy ? element("span", { class: "remedy" }, marked(remedy)) : null,
    ),
  );
  return element(
    "div",
    { class: "notice notice-failed" },
    icon("alert"),
    element("ul", { class: "violations" }, ...items),
  );
}
