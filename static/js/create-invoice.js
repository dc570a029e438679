// The button on an order's page that creates its invoice and opens it.

import { postJson } from "./api.js";
import { idempotencyKey } from "./idempotency-key.js";
import { problemNotice } from "./problem.js";

async function create(button) {
  const problem = document.getElementById(button.dataset.problem);
  button.disabled = true;
  button.key ??= idempotencyKey();
  try {
    const invoice = await postJson(button.dataset.url, {}, { "Idempotency-Key": button.key });
    location.assign(button.dataset.invoiceUrl.replace("__id__", invoice.id));
  } catch (error) {
    problem.replaceChildren(problemNotice(error));
    button.disabled = false;
  }
}

document.addEventListener("click", ({ target }) => {
  const button = target instanceof Element ? target.closest("[data-create-invoice]") : null;
  if (button) create(button);
});
