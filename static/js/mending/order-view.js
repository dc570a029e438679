// <order-view>: an order on its own page, shown again after it was changed in the side panel.

import { getHtml } from "../api.js";
import { toast } from "../toast.js";

class OrderView extends HTMLElement {
  #onChange = () => this.#refresh();

  connectedCallback() {
    document.addEventListener("orders:changed", this.#onChange);
  }

  disconnectedCallback() {
    document.removeEventListener("orders:changed", this.#onChange);
  }

  async #refresh() {
    try {
      const page = new DOMParser().parseFromString(await getHtml(location.href), "text/html");
      const fresh = page.querySelector("order-view");
      if (fresh) this.replaceChildren(...document.importNode(fresh, true).childNodes);
    } catch (error) {
      toast(`The page could not be refreshed: ${error.message}`, { failed: true });
    }
  }
}

customElements.define("order-view", OrderView);
