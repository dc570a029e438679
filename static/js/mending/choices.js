// What a field of an order can be chosen from: tax categories, units, countries, currencies.

import { getHtml } from "../api.js";
import { fragmentElement } from "../dom.js";

let loaded = null;

/** Loads the lists once per page; the fields name the datalists by their ids. */
export function loadChoices() {
  loaded ??= load();
  loaded.catch(() => {
    loaded = null; // the next panel tries again
  });
  return loaded;
}

async function load() {
  const fragment = fragmentElement(await getHtml(document.body.dataset.choices));
  const options = (name) =>
    [...fragment.querySelectorAll(`[data-list=${name}] option`)].map((option) => [
      option.value,
      option.textContent,
    ]);
  return { fragment, taxCategories: options("tax-categories"), statuses: options("statuses") };
}
