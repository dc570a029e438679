// The bar above a list: when all rows of the page are selected, it offers to select all that match.

import { count } from "./format.js";

/**
 * @param {HTMLElement} list
 * @param {{matching: number|null, wholePage: boolean, all: boolean}} selection `matching` is null
 *   until they are counted; `all` is true if all that match are already selected
 */
export function offerAllMatching(list, { matching, wholePage, all }) {
  const offer = list.querySelector(".select-all");
  const boxes = list.querySelectorAll("input[name=order]").length;
  const inJobs = list.querySelectorAll("[data-in-job]").length;
  const more = matching === null || matching > boxes + inJobs;
  offer.hidden = !(more && (wholePage || all));
  offer.querySelector("[data-part=page-selected]").hidden = all;
  offer.querySelector("[data-part=all-selected]").hidden = !all;
  offer.querySelector("[data-part=on-page]").textContent = count(boxes);
  for (const place of offer.querySelectorAll("[data-part=matching]")) {
    place.textContent = matching === null ? "" : count(matching);
  }
}
