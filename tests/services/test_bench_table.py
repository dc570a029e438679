"""The benchmark's table: how it shows a figure, and where it is written."""

from pathlib import Path

import pytest

from benchmarks.table import BEGIN, END, Row, at_least, below, figure, markdown, write_into


@pytest.mark.parametrize(
    ("value", "shown"),
    [(1834.4, "1,834"), (123.4, "123"), (45.23, "45.2"), (2.896, "2.9"), (0.0451, "0.0451")],
)
def test_a_figure_has_about_three_digits(value: float, shown: str) -> None:
    assert figure(value) == shown


def test_a_ratio_meets_its_target_when_it_reaches_it() -> None:
    assert at_least("a", 0.9, 0.9).met is True
    assert at_least("a", 0.899, 0.9).met is False


def test_a_figure_near_its_target_is_not_rounded_to_it() -> None:
    assert at_least("a", 0.899, 0.9).measured.startswith("0.899")
    assert below("a", 0.9996, 1, "s").measured.startswith("0.9996")


def test_a_time_must_stay_below_its_target() -> None:
    assert below("a", 249.9, 250, "ms").met is True
    assert below("a", 250, 250, "ms").met is False


def test_a_row_without_a_target_is_neither_met_nor_missed() -> None:
    assert markdown([Row("a", "1/s")]).splitlines()[-1] == "| a | 1/s |  |  |"


def test_a_missed_row_stands_out() -> None:
    assert "**no**" in markdown([at_least("a", 0.5, 0.9)])


def test_the_table_replaces_the_last_one_and_nothing_else(tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    readme.write_text(f"before\n{BEGIN}old\n{END}after\n")
    write_into(readme, r"Measured \1 today.", [Row("a", "1/s")])
    text = readme.read_text()
    assert text.startswith(f"before\n{BEGIN}Measured \\1 today.\n")
    assert text.endswith(f"{END}after\n")
    assert "old" not in text


def test_a_readme_without_a_place_for_the_table_is_refused(tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    readme.write_text("nothing\n")
    with pytest.raises(ValueError, match="no place for the table"):
        write_into(readme, "", [])
    assert readme.read_text() == "nothing\n"
