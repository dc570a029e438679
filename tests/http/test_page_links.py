"""The links to the previous and next page."""

from urllib.parse import parse_qs, urlsplit

from flask import Flask

from web.pages.paging import PageLinks, page_links


def links(app: Flask, url: str, next_cursor: str | None) -> PageLinks:
    with app.test_request_context(url):
        return page_links(next_cursor)


def test_the_links_lead_forward_and_back_over_the_same_pages(app: Flask) -> None:
    first = links(app, "/orders?q=A", "c2")
    assert first.previous is None
    assert first.next is not None
    second = links(app, first.next, "c3")
    assert second.next is not None
    third = links(app, second.next, None)
    assert third.next is None
    assert third.previous == first.next
    assert second.previous == "/orders?q=A"


def test_links_keep_the_filter_but_ignore_flasks_special_parameters(app: Flask) -> None:
    made = links(app, "/orders?status=draft&_scheme=javascript&_external=1&_anchor=x", "c2").next
    assert made is not None
    parts = urlsplit(made)
    assert (parts.scheme, parts.netloc, parts.path) == ("", "", "/orders")
    assert parse_qs(parts.query)["status"] == ["draft"]


def test_links_keep_the_empty_status(app: Flask) -> None:
    made = links(app, "/orders?status=", "c2").next
    assert made is not None
    assert "status=&" in made


def test_the_address_stays_short_after_many_pages(app: Flask) -> None:
    url: str | None = "/orders"
    for number in range(100):
        assert url is not None
        url = links(app, url, f"cursor{number}").next
    assert url is not None
    assert len(url) < 400
