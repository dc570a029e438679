// The print button of an invoice; print.css lays out the A4 page.

for (const button of document.querySelectorAll("[data-print]")) {
  button.addEventListener("click", () => print());
}
