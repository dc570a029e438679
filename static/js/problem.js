// Shows a problem document: what happened, where, and how to fix it.

import { ApiProblem } from "./api.js";
import { element, icon } from "./dom.js";
import { count, plural } from "./format.js";
import { sentence } from "./isolation.js";

const MOST_ERRORS = 5;

const REMEDIES = new Map([
  [0, "Nothing was changed here. Check the connection and try again."],
  [413, "The file or request is larger than the server accepts."],
  [429, "Too many requests at once. Wait a moment and try again."],
  [503, "The service is being restarted or is overloaded. Try again in a moment."],
]);

/** Codes whose message says what to do; they need no remedy. */
const WITH_REMEDY = new Set(["in_use", "series_in_use", "took_too_long"]);

function lineOf(error) {
  const where = error.field ? element("code", {}, error.field) : null;
  const text = [error.message, error.remedy].filter(Boolean).join(" ");
  return element("li", {}, where, where ? " " : null, sentence(text));
}

const ENDED_SESSION = "data-session-ended";

/** Whether a request failed because the session has ended. */
export const isSessionEnded = (error) =>
  error instanceof ApiProblem && error.problem.status === 401;

/** Whether the page already shows that the session has ended. */
export const saysSessionEnded = () => document.querySelector(`[${ENDED_SESSION}]`) !== null;

/** Replaces the API's message, which also mentions API tokens. */
function sessionEnded() {
  const here = location.pathname + location.search;
  const kept = document.querySelector("bulk-invoice-actions") ? "; your selection is kept" : "";
  return element(
    "p",
    {},
    element("strong", {}, "Your session has ended."),
    " ",
    element("a", { href: `/login?${new URLSearchParams({ next: here })}` }, "Sign in again"),
    `${kept}.`,
  );
}

function notice(...parts) {
  return element(
    "div",
    { class: "notice notice-failed", role: "alert" },
    icon("alert"),
    element("div", {}, ...parts),
  );
}

/** The findings; a remedy that the one before has, too, is left out. */
function withoutRepetition(findings) {
  return findings.map((finding, at) =>
    finding.remedy === findings[at - 1]?.remedy ? { ...finding, remedy: null } : finding,
  );
}

/** Says that a batch was not started, because the number of matching orders has changed. */
export function totalChangedNotice(expected, total) {
  const now = `${plural(total, "order")} match${total === 1 ? "es" : ""} now, not ${count(expected)}`;
  const again = `“Create ${plural(total, "invoice")}”`;
  return notice(
    element("p", {}, element("strong", {}, `Not started: ${now}.`)),
    element(
      "p",
      {},
      "Orders have come or gone since this page counted them. ",
      element("a", { href: location.href }, "Show the list as it is now"),
      `, or press ${again} to go on with all of them.`,
    ),
  );
}

/** @returns {HTMLElement} a notice that assistive technology announces */
export function problemNotice(error) {
  const problem = error instanceof ApiProblem ? error.problem : { title: String(error) };
  if (isSessionEnded(error)) {
    for (const earlier of document.querySelectorAll(`[${ENDED_SESSION}]`)) earlier.remove();
    const made = notice(sessionEnded());
    made.setAttribute(ENDED_SESSION, "");
    return made;
  }
  const findings = withoutRepetition(problem.errors ?? []);
  const more = findings.length - MOST_ERRORS;
  const remedy = WITH_REMEDY.has(problem.code) ? null : REMEDIES.get(problem.status);
  return notice(
    element("p", {}, element("strong", {}, sentence(problem.detail ?? problem.title))),
    remedy ? element("p", {}, remedy) : null,
    findings.length ? element("ul", {}, ...findings.slice(0, MOST_ERRORS).map(lineOf)) : null,
    more > 0 ? element("p", {}, `and ${more} more`) : null,
    problem.reference
      ? element("p", {}, "Reference for support: ", element("code", {}, problem.reference))
      : null,
  );
}
