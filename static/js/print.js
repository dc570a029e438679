// The print button of an invoice; the style sheet makes the A4 page.

for (const button of document.querySelectorAll("[data-print]")) {
  button.addEventListener("click", () => print());
}
