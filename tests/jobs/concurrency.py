"""Runs functions at the same moment, in threads."""

import threading
from collections.abc import Callable, Sequence

DEADLINE_SECONDS = 60


def at_once(acts: Sequence[Callable[[], object]]) -> list[object]:
    """Starts every act at the same moment, and waits for all.

    Returns what each returned or raised, in the order of `acts`.
    """
    start = threading.Barrier(len(acts))
    outcomes: list[object] = [None] * len(acts)

    def run(place: int, act: Callable[[], object]) -> None:
        start.wait(DEADLINE_SECONDS)
        try:
            outcomes[place] = act()
        except BaseException as error:
            outcomes[place] = error

    threads = [threading.Thread(target=run, args=(n, act)) for n, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(DEADLINE_SECONDS)
    assert not any(thread.is_alive() for thread in threads)
    return outcomes
