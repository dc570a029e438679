"""How many messages of a job a commit sends, so that enough of them are in flight."""

from __future__ import annotations

from dataclasses import dataclass

# Messages of a job that are sent together reach threads together, and these share a commit. Sent
# one at a time, between those of other jobs, they would make many small groups.
BATCH = 128


@dataclass(frozen=True, slots=True)
class Window:
    """The window that a job is to have: `target` messages in flight."""

    target: int

    def to_send(self, size: int, ended: int) -> int:
        """How many messages a commit sends that ends `ended` orders of a window of this size.

        None while fewer than a batch are missing. At most two for each, or a batch: a window that
        grows doubles within its own time and does not jump.
        """
        missing = ended + self.target - size
        batch = min(BATCH, self.target // 2)
        return 0 if missing < batch else min(missing, max(2 * ended, batch))
