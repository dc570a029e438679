"""How long to wait before a process that ended is started again."""

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 15.0  # seconds
STEADY_SECONDS = 30.0  # a process that has run for this long counts as healthy again


class Backoff:
    """Pauses that double each time."""

    def __init__(self) -> None:
        self._pause = FIRST_PAUSE

    def next_pause(self) -> float:
        """The seconds to wait before the next start."""
        pause, self._pause = self._pause, min(self._pause * 2, LONGEST_PAUSE)
        return pause

    def reset(self) -> None:
        """Begins with the first pause again."""
        self._pause = FIRST_PAUSE
