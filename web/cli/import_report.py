"""What `billmill import` prints when it is done."""

from __future__ import annotations

from typing import Final

from models.order_import.importer import ImportReport
from models.order_import.runs.search import FoundRun
from web.cli.terminal import say

ERRORS_SHOWN: Final = 50


def say_same_file(found: FoundRun) -> None:
    """Says that the same file was imported before, if that changed nothing now."""
    same = found.same_file
    if same and not found.run.stored:
        author = f" by {same.created_by}" if same.created_by else ""
        say(f"This file was imported on {same.created_at:%Y-%m-%d %H:%M} UTC{author}; no change.")


def say_report(report: ImportReport) -> None:
    """Prints what the import did and found."""
    counted = {
        "created": report.orders_created,
        "updated": report.orders_updated,
        "unchanged": report.orders_unchanged,
        "rejected": report.orders_rejected,
    }
    reason = _only_reason(report)
    if reason is not None:
        say(f"Nothing was imported. {reason}")
        return
    customers = (report.customers_created, report.customers_updated)
    if report.needs_mapping:
        say(
            "What stands before is stored; how is the rest of this file to be read?"
            if report.stored
            else "Nothing was imported: it must be said first how this file is to be read.",
            "See it with --explain, name a mapping or preset with --mapping, or choose the columns",
            "in the browser: the import is on the page Imports.",
        )
    elif report.refused and not report.stored:
        say("Nothing was imported: this is not an orders file as it should be.")
    else:
        if report.refused:
            say("The file could not be read to its end. What comes before was stored:")
        say("Orders: " + ", ".join(f"{count:,} {what}" for what, count in counted.items()))
        say("Customers: {:,} created, {:,} updated".format(*customers))
    if report.mapping:
        say(f"Read by the mapping “{report.mapping}”.")
    if report.ignored_columns:
        say(f"Note: columns that were ignored: {', '.join(report.ignored_columns)}")
    _print_changes(report)
    if not report.errors:
        return
    say("", f"{'line':>8}  {'column':<17} {'code':<21} message")
    for error in report.errors[:ERRORS_SHOWN]:
        say(f"{error.line:>8}  {error.column or '-':<17} {error.code:<21} {error.message}")
    hidden = report.error_count - ERRORS_SHOWN
    if hidden > 0:
        say(f"{'…':>8}  and {hidden:,} more; --json lists up to 1,000")


def _only_reason(report: ImportReport) -> str | None:
    """Why the whole file is refused, if one sentence says it: it is something else, or damaged."""
    if not report.refused or report.stored or len(report.errors) != 1:
        return None
    (error,) = report.errors
    return None if error.column else error.message


def _print_changes(report: ImportReport) -> None:
    """The orders that came again with changes, and the customers whose records changed."""
    if report.changes:
        say("", "Changed orders:")
        say(*(f"  {change.message}" for change in report.changes[:ERRORS_SHOWN]))
        _say_hidden(report.change_count)
    if report.customer_changes:
        say("", "Changed customers:")
        say(*(f"  {change.message}" for change in report.customer_changes[:ERRORS_SHOWN]))
        _say_hidden(report.customer_change_count)


def _say_hidden(count: int) -> None:
    if count > ERRORS_SHOWN:
        say(f"  … and {count - ERRORS_SHOWN:,} more; --json lists up to 1,000")
