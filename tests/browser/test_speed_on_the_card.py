"""The speed of a job on its card excludes pauses."""

import json

import pytest
from playwright.sync_api import Locator, Page, WebSocketRoute, expect

from tests.browser.processes import Site
from tests.browser.steps import card, create_invoices, select_all_matching
from tests.records import Account, new_orders
from tests.waiting import wait_for

ORDERS = 100


class Job:
    """A job on a page whose socket and clock the test controls."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.sockets: list[WebSocketRoute] = []
        self.revision = 0
        page.route_web_socket("**/ws/batch-jobs/*", lambda socket: self.sockets.append(socket))

    def tell(self, status: str, processed: int) -> None:
        """Sends an event of the job, and advances the clock by one second to draw it."""
        self.revision += 1
        event = {
            "type": "progress",
            "revision": self.revision,
            "status": status,
            "total_items": ORDERS,
            "processed_items": processed,
            "successful_items": processed,
            "failed_items": 0,
            "cancelled_items": 0,
        }
        self.sockets[0].send(json.dumps(event))
        expect(self.page).to_have_title(f"{processed} % · Orders · Billmill")
        expect(self.page.locator("batch-job-progress")).to_have_attribute("data-status", status)
        self.page.clock.run_for(1_000)

    @property
    def speed(self) -> Locator:
        return card(self.page).locator("[data-part=speed]")


@pytest.fixture
def job(page: Page, clerk: Account, worker: Site) -> Job:
    """A started job whose worker is held."""
    new_orders(clerk, ORDERS, lines=1)
    job = Job(page)
    page.clock.install()
    page.goto("/orders")
    page.clock.pause_at(page.evaluate("Date.now()") + 60_000)
    select_all_matching(page)
    worker.hold_worker()
    create_invoices(page, ORDERS)
    wait_for(lambda: page.title() and job.sockets)  # asking the page lets the socket be heard of
    return job


def test_a_job_that_is_paused_has_no_speed_and_no_time_left(job: Job) -> None:
    job.tell("processing", 0)
    job.tell("processing", 20)
    expect(job.speed).to_have_text("20/s · about 4 s left")
    job.tell("paused", 21)
    expect(job.speed).to_be_empty()


def test_the_pause_does_not_count_once_the_job_goes_on(job: Job) -> None:
    job.tell("processing", 0)
    job.tell("processing", 20)
    job.tell("paused", 21)
    job.page.clock.run_for(12_000)  # less than the silence after which the page asks
    job.tell("processing", 22)
    job.tell("processing", 32)
    expect(job.speed).to_have_text("10/s · about 7 s left")


def test_a_stalled_job_has_no_speed(job: Job) -> None:
    job.tell("processing", 0)
    job.tell("processing", 20)
    job.page.clock.run_for(5_000)
    expect(job.speed).to_be_empty()
    job.tell("processing", 20)
    expect(job.speed).to_be_empty()
    job.tell("processing", 30)
    expect(job.speed).to_have_text("10/s · about 7 s left")
