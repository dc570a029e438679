"""The secrets of an installation, made once and kept beside its data."""

import json
import os
import secrets
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from web.embedded.errors import ServiceError


@dataclass(frozen=True, slots=True)
class Keys:
    """`instance` names this installation on the machine; all other fields are secret."""

    instance: str
    secret_key: str
    postgres_administrator: str
    postgres_owner: str
    postgres_application: str
    redis: str


def load_keys(data_dir: Path) -> Keys:
    """The keys in `data_dir/keys.json` (readable by its owner only), made if missing."""
    path = data_dir / "keys.json"
    if not path.exists():
        passwords = (secrets.token_hex(16) for _ in fields(Keys)[2:])
        made = Keys(secrets.token_hex(6), secrets.token_hex(32), *passwords)
        write_private(path, json.dumps(asdict(made), indent=1))
    try:
        return Keys(**json.loads(path.read_text()))
    except (ValueError, TypeError) as error:
        raise ServiceError(f"{path} is damaged ({error}): restore it, or start afresh.") from error


def write_private(path: Path, content: str) -> None:
    """Writes a file that only its owner can read, completely or not at all."""
    unfinished = path.with_name(path.name + ".new")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(content)
    unfinished.rename(path)
