// Sets the stored theme, or the system's, before the first paint: a dark page must not flash white.
// A module would run too late.
(() => {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const apply = () => {
    let stored = null;
    try {
      stored = localStorage.getItem("billmill.theme");
    } catch {
      // storage is disabled: the system decides
    }
    document.documentElement.dataset.bsTheme = stored ?? (system.matches ? "dark" : "light");
  };
  apply();
  system.addEventListener("change", apply);
})();
