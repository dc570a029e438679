// Keeps the focus where it was while a part of the page is replaced.

import { steps } from "./walk.js";

const markOf = (focused) =>
  focused.dataset.mend ?? focused.getAttribute("aria-label") ?? focused.textContent;

/**
 * Calls `replace`, which replaces parts of `root`. If the focused element is gone then, the focus
 * goes to its successor: the same button, else the failure that took its place, else the button
 * that retries what was mended.
 */
export function keepingFocus(root, replace) {
  const focused = root.contains(document.activeElement) ? document.activeElement : null;
  const place = focused ? Math.max(0, steps(root).indexOf(focused)) : 0;
  replace();
  if (!focused || focused.isConnected) return;
  const same = [...root.querySelectorAll(focused.localName)];
  const left = steps(root);
  const successor =
    same.find((each) => markOf(each) === markOf(focused)) ??
    left[Math.min(place, left.length - 1)] ??
    root.querySelector("[data-after-mending]");
  successor?.focus({ focusVisible: true, preventScroll: true });
}
