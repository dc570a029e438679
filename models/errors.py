"""Every error that Billmill names, with when it is raised.

`web/error_statuses.py` gives each its HTTP status, and `web/cli` its exit code; nothing else does.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from models.invoicing.finding import Finding


class BillmillError(Exception):
    """The base of all errors. `code` is stable; the message is one sentence for the user."""

    code = "error"

    def __init__(self, message: str, *, errors: Sequence[Finding] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.errors = tuple(errors)


class MissingSetting(BillmillError):
    """A required environment variable is absent or unusable; the process must not start."""

    code = "setting_missing"


class PrivilegedRole(BillmillError):
    """DATABASE_URL names a superuser, an owner or a BYPASSRLS role, which row-level security
    does not bind."""

    code = "privileged_database_role"


class InvalidRequest(BillmillError):
    """The request cannot be carried out; `errors` says what is wrong and how to correct it."""

    code = "invalid_request"

    def __init__(
        self, message: str, *, code: str | None = None, errors: Sequence[Finding] = ()
    ) -> None:
        super().__init__(message, errors=errors)
        if code is not None:
            self.code = code

    @classmethod
    def of(cls, finding: Finding) -> Self:
        """The refusal for one finding, with its code and its message."""
        return cls(finding.message, code=finding.code, errors=(finding,))


class NotFound(BillmillError):
    """The named thing does not exist, or belongs to another organisation."""

    code = "not_found"


class ForbiddenTransition(BillmillError):
    """The job's status does not allow the action; the message names the status."""

    code = "forbidden_transition"


class TotalChanged(BillmillError):
    """The request expects a different number of orders from what it now selects."""

    code = "total_changed"

    def __init__(self, expected: int, actual: int) -> None:
        message = f"{expected:,} orders were expected, but {actual:,} are chosen now."
        remedy = f"Look at what has changed, then expect {actual} or leave the number out."
        super().__init__(message, errors=[Finding(self.code, message, "expected_total", remedy)])
        self.expected = expected
        self.actual = actual


class OrderNotInvoiceable(BillmillError):
    """The order breaks a rule of invoicing."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__(findings[0].message, errors=findings)
        self.code = findings[0].code


class OrderInvoiced(BillmillError):
    """The order has its invoice: it is corrected with a credit note, not by a change."""

    code = "already_invoiced"


class ChangedMeanwhile(BillmillError):
    """Somebody changed it since the caller read it: `If-Match` names an older state.

    `current` is what it is now.
    """

    code = "changed_meanwhile"

    def __init__(self, message: str, current: object) -> None:
        super().__init__(message)
        self.current = current


class InvalidCredentials(BillmillError):
    """E-mail and password, or the token, match no account. The message says no more."""

    code = "invalid_credentials"


class TokenExpired(InvalidCredentials):
    """The API token has expired; the message says when."""

    code = "token_expired"


class NotAllowed(BillmillError):
    """The account is known but may not do this."""

    code = "not_allowed"


class OtherOrganization(NotAllowed):
    """The page belongs to an organisation other than the one in which its user works now."""

    code = "other_organization"


class InUse(BillmillError):
    """Another transaction has held the rows to be changed for more than a few seconds."""

    code = "in_use"


class SeriesInUse(InUse):
    """Another transaction has held the number series for more than a few seconds."""

    code = "series_in_use"


class TookTooLong(BillmillError):
    """A database statement exceeded its time limit."""

    code = "took_too_long"


class BrokerUnavailable(BillmillError):
    """Redis could not take messages or events; what is stored in PostgreSQL stays."""

    code = "broker_unavailable"


class LoginRequired(BillmillError):
    """The request carries neither a session nor an API token."""

    code = "login_required"


class TooManyAttempts(BillmillError):
    """Too many logins failed; the next attempt must wait `retry_after` seconds."""

    code = "too_many_attempts"

    def __init__(self, message: str, *, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class LoginsBusy(TooManyAttempts):
    """Too many people are signing in; no login is checked for `retry_after` seconds."""

    code = "logins_busy"


class InvalidJson(BillmillError):
    """The body claims to be JSON but cannot be parsed."""

    code = "invalid_json"


class IncompleteBody(BillmillError):
    """The body ended before its declared end: the connection broke, or a chunk or a form has no
    end."""

    code = "incomplete_body"

    def __init__(self) -> None:
        super().__init__("The body did not arrive whole, so nothing of it was used; send it again.")
