"""The settings: are they complete, and fit for production?"""

from models.errors import MissingSetting
from models.settings import current_settings
from web.cli.checks.check import Check, Fault
from web.cli.command_errors import sentence


def _settings() -> str:
    try:
        current_settings()
    except MissingSetting as error:
        raise Fault("not complete", sentence(error) or str(error)) from error
    return "DATABASE_URL and REDIS_URL are set"


def _secret() -> str:
    settings = current_settings()
    settings.required_secret_key()
    settings.check_metrics_token()
    return "SECRET_KEY is set and no placeholder"


CHECKS = [
    Check("settings", _settings),
    Check("secret", _secret, needs="settings"),
]
