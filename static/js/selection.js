// The selected orders: single ones, or all that match the filter. Session storage keeps them across
// pages and reloads. Its key contains user, organisation and filter, so no other user or
// organisation gets the selection.

export class Selection {
  #key;
  #ids;
  #all;

  constructor(filterKey) {
    const { user, organization } = document.body.dataset;
    this.#key = `billmill.selection:${user}:${organization}:${filterKey}`;
    const stored = this.#read();
    this.#ids = new Set(stored.ids);
    this.#all = stored.all;
  }

  get isAllMatching() {
    return this.#all;
  }

  get ids() {
    return [...this.#ids];
  }

  has(id) {
    return this.#all || this.#ids.has(id);
  }

  /** How many orders are selected; `matching` is how many the filter matches. */
  size(matching) {
    return this.#all ? matching : this.#ids.size;
  }

  set(ids, selected) {
    this.#all = false;
    for (const id of ids) {
      if (selected) this.#ids.add(id);
      else this.#ids.delete(id);
    }
    this.#write();
  }

  /** Selects exactly `ids`, instead of all that match. */
  only(ids) {
    this.#ids = new Set(ids);
    this.#all = false;
    this.#write();
  }

  selectAllMatching() {
    this.#ids.clear();
    this.#all = true;
    this.#write();
  }

  clear() {
    this.only([]);
  }

  #read() {
    try {
      return JSON.parse(sessionStorage.getItem(this.#key)) ?? { ids: [], all: false };
    } catch {
      return { ids: [], all: false };
    }
  }

  #write() {
    try {
      const empty = !this.#all && this.#ids.size === 0;
      if (empty) sessionStorage.removeItem(this.#key);
      else sessionStorage.setItem(this.#key, JSON.stringify({ ids: this.ids, all: this.#all }));
    } catch {
      // storage is full or disabled: only this page keeps the selection
    }
  }
}
