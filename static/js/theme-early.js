// Runs before the first paint, so that a dark page never flashes white: the remembered
// theme, else the system's. The only script that is not a module.
(() => {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const apply = () => {
    let remembered = null;
    try {
      remembered = localStorage.getItem("billmill.theme");
    } catch {
      // storage is switched off: the system decides
    }
    document.documentElement.dataset.bsTheme = remembered ?? (system.matches ? "dark" : "light");
  };
  apply();
  system.addEventListener("change", apply);
})();
