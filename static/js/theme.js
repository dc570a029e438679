// The button that turns the page dark or light, and remembers it while it differs from the system.

const KEY = "billmill.theme";

function toggle() {
  const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  const chosen = document.documentElement.dataset.bsTheme === "dark" ? "light" : "dark";
  document.documentElement.dataset.bsTheme = chosen;
  try {
    if (chosen === system) localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, chosen);
  } catch {
    // not remembered; the page is turned all the same
  }
}

for (const button of document.querySelectorAll("[data-theme-toggle]")) {
  button.addEventListener("click", toggle);
}
