// What the side panel says above a form.

import { element, icon, marked } from "../dom.js";
import { sentence } from "../isolation.js";

/** Why a record cannot be changed, with a link to the reason if there is one. */
export function closedNotice({ words, href, label }) {
  return element(
    "div",
    { class: "notice", role: "status" },
    icon(href ? "invoice" : "alert"),
    element("p", {}, words, ...(href ? [" ", element("a", { href }, label)] : [])),
  );
}

export const isAboutOrganization = ({ code, field }) =>
  field.startsWith("organization.") || code === "total_zero";

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
  const link = { type: "button", class: "btn btn-quiet btn-sm", "data-action": "mend-organization" };
  const mends = findings.some(isAboutOrganization);
  return element(
    "div",
    { class: "notice notice-failed" },
    icon("alert"),
    element(
      "div",
      {},
      element("ul", { class: "violations" }, ...items),
      mends ? element("button", link, "Mend the organisation") : null,
    ),
  );
}
