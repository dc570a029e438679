"""Checks a page with axe-core, as a screen reader or a keyboard would meet it."""

from pathlib import Path
from typing import Any

from playwright.sync_api import Page

_AXE = Path(__file__).parent / "vendor" / "axe-core-4.14.1" / "axe.min.js"
# WCAG 2.2 AA and what axe recommends beyond it.
_RUN = """
    async () => {
      const ending = document.getAnimations()
        .filter((each) => each.effect.getComputedTiming().endTime !== Infinity)
      await Promise.all(ending.map((each) => each.finished.catch(() => {})))
      const { violations } = await axe.run(document, {
        runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
        resultTypes: ["violations"],
      })
      return violations.map(({ id, help, nodes }) => ({
        rule: id, help, places: nodes.map((node) => `${node.html}: ${node.failureSummary}`),
      }))
    }
"""
_SET_THEME = "theme => document.documentElement.setAttribute('data-bs-theme', theme)"


def violations(page: Page) -> list[dict[str, Any]]:
    """What axe finds on the page as it stands; each with `rule`, `help` and `places`."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(_AXE.read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = page.evaluate(_RUN)
    return found


def assert_accessible(page: Page) -> None:
    """No rule is violated, in the light and in the dark theme; the page's own theme stays."""
    before = page.evaluate("document.documentElement.getAttribute('data-bs-theme')")
    for theme in ("light", "dark"):
        page.evaluate(_SET_THEME, theme)
        assert violations(page) == [], theme
    page.evaluate(_SET_THEME, before)
