"""How many messages of a job a commit sends, so that enough of them are in flight."""

from __future__ import annotations

from dataclasses import dataclass

# Messages that are sent together reach threads together, and these share a commit. If they were
# sent one at a time, between those of other jobs, they would make many small groups.
BATCH = 128


@dataclass(frozen=True, slots=True)
class Window:
    """The window that a job should have: `target` messages in flight."""

    target: int

    def to_send(self, size: int, ended: int) -> int:
        """How many messages to send after a commit that ends `ended` orders, in a window of `size`.

        0 while fewer than a batch are missing. At most two per ended order, or one batch: so a
        window does not jump, but at most doubles in the time in which its orders end.
        """
        missing = ended + self.target - size
        batch = min(BATCH, self.target // 2)
        return 0 if missing < batch else min(missing, max(2 * ended, batch))
