"""Which secrets from the environment are refused and which are accepted."""

import base64
import random
import uuid

import pytest

from models.secret_strength import weakness


@pytest.mark.parametrize(
    ("secret", "why"),
    [
        ("", "missing or shorter"),
        ("7f3be09d14c86a52e7d9013fb46c8a2", "missing or shorter"),
        ("a" * 32, "placeholder"),
        ("ab" * 40, "placeholder"),
        ("changeme" * 4, "placeholder"),
        ("change-me-to-a-long-random-string", "placeholder"),
        ("your-secret-key-here-at-least-32-characters", "placeholder"),
        ("please-replace-this-secret-in-production!", "placeholder"),
        ("only-for-tests-only-for-tests-only-for-tests", "placeholder"),
        ("hunter2!sandkorn" * 2, "repeats"),
        ("0123456789abcdef" * 2, "repeats"),
        ("abcdefghijklmnopqrstuvwxyz012345", "sequence"),
        ("qwertyuiopasdfghjklzxcvbnm0987654", "sequence"),
        ("secret-key-abcdefghijklmnopqrstuvwxyz", "sequence"),
    ],
)
def test_a_weak_secret_is_refused(secret: str, why: str) -> None:
    found = weakness(secret)
    assert found is not None
    assert why in found


def test_a_generated_secret_is_accepted() -> None:
    chance = random.Random(5)
    for _ in range(300):
        drawn = chance.randbytes(32)
        for secret in (
            drawn[:16].hex(),
            drawn.hex(),
            chance.randbytes(64).hex(),
            base64.urlsafe_b64encode(drawn).decode(),
            base64.b64encode(drawn[:24]).decode(),
            str(uuid.UUID(bytes=drawn[:16])),
            f"my-company-secret-key-{drawn.hex()}",
        ):
            assert weakness(secret) is None, secret
