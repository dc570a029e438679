"""Each line of the table of roles in docs/accounts.md is true: no login, member, admin."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from models.database import owner_transaction
from tests.http.conftest import Api, Shop, log_in, token_of

TABLE = (Path(__file__).parents[2] / "docs/accounts.md").read_text()
LINE = re.compile(
    r"^\| (?P<requests>`(?:GET|POST|PUT|PATCH|DELETE) /.*?) \| (\w+) \| (\w+) \| (\w+) \|$"
)
OPEN_PAGES = {
    "/login", "/static/{filename}", "/healthz", "/readyz", "/metrics", "/api/openapi.json"
}  # fmt: skip
# Sockets: tests/http/test_websocket.py. `/` leads to the orders; a login form without a password
# is refused (tests/http/test_login.py); logging out would end the session of the other requests.
TRIED_ELSEWHERE = {"/ws/batch-jobs/{job_id}", "/ws/imports/{import_id}", "/", "/logout"}
OWN = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}
WHO = ("nobody", "member", "admin")


def documented() -> dict[tuple[str, str], dict[str, bool]]:
    """The permissions in the table's lines for single requests: method and path, then role."""
    found = {}
    for line in TABLE.splitlines():
        if match := LINE.match(line):
            allowed = dict(zip(WHO, (word == "yes" for word in match.groups()[1:]), strict=True))
            for method, path in re.findall(r"`(\w+) (/\S*)`", match["requests"]):
                found[method, path] = allowed
    return found


def served(app: Flask) -> Iterator[tuple[str, Rule]]:
    """Each method and route of the application."""
    for rule in app.url_map.iter_rules():
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            yield method, rule


def described(rule: Rule) -> str:
    """The route as documents write it: `/api/orders/{order_id}/invoice`."""
    return re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)


@dataclass
class People:
    """The same user in each role, with a token under /api and with a browser elsewhere."""

    shop: Shop
    api: Api
    job_id: str
    invoice_id: int

    def ask(self, who: str, method: str, rule: Rule) -> TestResponse:
        path = (
            rule.rule.replace("<uuid:job_id>", self.job_id)
            .replace("<int:order_id>", str(self.shop.orders[0]))
            .replace("<int:customer_id>", "987654")
            .replace("<uuid:import_id>", self.job_id)
            .replace("<mapping:name>", "shopify")
            .replace("<int:invoice_id>", str(self.invoice_id))
            .replace("<int:session_id>", "987654")
            .replace("<path:filename>", "img/logo.svg")
        )
        assert "<" not in path, f"add a value for the placeholder in {path}"
        if who == "nobody":
            return self.shop.app.test_client().open(path, method=method, headers=OWN)
        with owner_transaction() as session:
            session.execute(
                text("UPDATE memberships SET role = :role WHERE user_id = :id"),
                {"role": who, "id": self.shop.clerk.user_id},
            )
        if path.startswith("/api/"):
            headers = self.api.headers
            return self.shop.app.test_client().open(path, method=method, headers=headers)
        browser = self.shop.app.test_client()  # a new session, which no other request has ended
        assert log_in(browser, self.shop.clerk.email).status_code == 302
        return browser.open(path, method=method, headers=OWN)


@pytest.fixture(scope="module")
def people(shop: Shop) -> People:
    job = shop.api.post("/api/batch-jobs", json={"order_ids": shop.orders[:1]}).get_json()
    invoice = shop.api.post(f"/api/orders/{shop.orders[1]}/invoice").get_json()
    api = Api(shop.app, token_of(shop.clerk, "roles"))
    return People(shop, api, job["id"], invoice["id"])


def is_admitted(answer: TestResponse) -> bool:
    """Whether the role was admitted, whatever the outcome of the request."""
    to_login = answer.status_code == 302 and answer.location.startswith("/login?next=")
    return answer.status_code not in (401, 403) and not to_login


def test_each_request_that_changes_something_is_in_the_table(shop: Shop) -> None:
    acts = {(method, described(rule)) for method, rule in served(shop.app) if method != "GET"}
    assert acts == {(method, path) for method, path in documented() if method != "GET"}


@pytest.mark.parametrize("who", WHO)
def test_each_role_may_do_what_the_table_says_and_nothing_else(people: People, who: str) -> None:
    table = documented()
    for method, rule in served(people.shop.app):
        path = described(rule)
        if path in TRIED_ELSEWHERE or (method, path) == ("POST", "/login"):
            continue
        if (method, path) in table:
            allowed = table[method, path][who]
        else:
            assert method == "GET"
            allowed = who != "nobody" or path in OPEN_PAGES
        answer = people.ask(who, method, rule)
        answer.close()
        assert is_admitted(answer) == allowed, (who, method, path, answer.status)
