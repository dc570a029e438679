// The failures of a list, one after the other: the buttons "Mend" in a container that is marked
// with data-walk. A button holds its target, {"order": 12}, {"customer": 3} or
// {"organization": true}, in data-mend, and if several orders are behind it, the `others`.

const STEPS = "[data-mend]:not([data-aside])";

/** The buttons of a container that are visible, in the order of the page. */
export const steps = (container) =>
  [...(container?.querySelectorAll(STEPS) ?? [])].filter((button) => button.checkVisibility());

export const targetOf = (button) => JSON.parse(button.dataset.mend);

const allOf = (target) => [target, ...(target.others ?? [])];

const keyOf = ({ order, customer }) => {
  if (order) return `order ${order}`;
  return customer ? `customer ${customer}` : "organization";
};

/** The failures that were in the list when the panel was opened, and where the user is in it. */
export class Walk {
  #name;
  #targets;
  #place;

  /** @param {HTMLElement} button the one that was pressed; it may stand beside the list */
  constructor(button) {
    const container = button.closest("[data-walk]");
    const target = targetOf(button);
    const isAside = button.matches("[data-aside]");
    const targets = isAside ? [] : steps(container).map(targetOf).flatMap(allOf);
    this.#name = container?.dataset.walk;
    this.#place = targets.findIndex((each) => keyOf(each) === keyOf(target));
    this.#targets = this.#place < 0 ? [target] : targets;
    this.#place = Math.max(0, this.#place);
  }

  get target() {
    return this.#targets[this.#place];
  }

  get place() {
    return this.#place + 1;
  }

  get size() {
    return this.#targets.length;
  }

  /** Goes `by` steps on or back; false at the end of the list. */
  move(by) {
    const place = this.#place + by;
    if (!this.#targets[place]) return false;
    this.#place = place;
    return true;
  }

  /** Where the focus belongs now: the button of the target, or the one that took its place. */
  get button() {
    const container = document.querySelector(`[data-walk="${this.#name}"]`);
    const here = steps(container);
    const key = keyOf(this.target);
    return here.find((each) => keyOf(targetOf(each)) === key) ?? here[this.#place] ?? here.at(-1);
  }
}
