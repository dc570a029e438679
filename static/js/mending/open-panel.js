// Buttons with data-mend open the side panel.

import "./order-panel.js";
import { element } from "../dom.js";

document.addEventListener("click", ({ target }) => {
  const button = target instanceof Element ? target.closest("[data-mend]") : null;
  if (!button) return;
  let panel = document.querySelector("order-panel");
  if (!panel) {
    panel = element("order-panel");
    document.body.append(panel);
  }
  panel.open(button);
});
