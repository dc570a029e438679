"""Which new passwords are refused and which are accepted."""

import base64

import pytest

from models.accounts.password_strength import check_new_password
from models.errors import InvalidRequest

KNOWN = ["ana.kowalski@nordlicht.example", "nordlicht", "Nordlicht Handels GmbH"]


@pytest.mark.parametrize(
    "password",
    [
        "tiny",
        "1234567890",
        "qwertyuiop",
        "password123",
        "P@ssw0rd2026",
        "iloveyou12",
        "aaaaaaaaaaaa",
        "abcabcabcabc",
        "01.01.1990",
        "ana.kowalski",
        "Kowalski2026",
        "nordlicht1!",
        "Nordlicht2026",
        "handels-gmbh",
        "billmill2026",
        "ana.kowalski@nordlicht.example",
    ],
)
def test_a_common_password_is_refused_with_a_remedy(password: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        check_new_password(password, KNOWN)
    assert refused.value.code == "weak_password"
    assert refused.value.message.startswith("The password is ")
    assert "Choose four or more words" in refused.value.message
    assert password not in refused.value.message


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery staple",
        "xK9$mQ2vLp",
        "wackelpudding teleskop",
        "wackelpudding teleskop" + "ä" * 99,
    ],
)
def test_a_strong_password_is_accepted(password: str) -> None:
    check_new_password(password, KNOWN)


@pytest.mark.parametrize("number", range(20))
def test_the_passwords_of_the_demo_are_strong_enough(number: int) -> None:
    letters = base64.b32encode(bytes([number] * 3 + [250 - number, 7 * number, 91, 3, 77])).decode()
    letters = letters.lower()
    password = f"demo-{letters[:4]}-{letters[4:8]}-{letters[8:12]}"
    check_new_password(password, ["demo@billmill.example", "demo", "Nordlicht Handels GmbH"])
