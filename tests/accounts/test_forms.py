"""What people type to sign in and to join, read with every error at once."""

from dataclasses import replace
from datetime import date

import pytest

from coproduce.accounts.forms import (
    TYPED_LIMIT,
    read_join,
    read_new_passphrase,
    read_sign_in,
    typed,
    typed_passphrase,
)
from coproduce.accounts.passphrases import PASSPHRASE_LIMIT
from coproduce.core.actor import ANONYMOUS
from coproduce.web.parsed_request import ParsedRequest
from coproduce.web.site import Site


@pytest.fixture
def asked(site: Site, today: date) -> ParsedRequest:
    return ParsedRequest(
        site=site,
        actor=ANONYMOUS,
        method="POST",
        url_path="/join",
        prefix="",
        path={},
        form={},
        body=b"",
        today=today,
        language="en",
    )


def sent(asked: ParsedRequest, **fields: str) -> ParsedRequest:
    return replace(asked, form={name: (value,) for name, value in fields.items()})


@pytest.mark.parametrize(
    ("pseudonym", "passphrase", "wrong"),
    [
        ("calm otter", "seven rivers", []),
        ("", "seven rivers", ["pseudonym"]),
        (" -- ", "seven rivers", ["pseudonym"]),
        ("calm otter", " \t", ["passphrase"]),
        ("", "", ["pseudonym", "passphrase"]),
    ],
)
def test_every_empty_field_is_named(
    asked: ParsedRequest, pseudonym: str, passphrase: str, wrong: list[str]
) -> None:
    read = read_sign_in(sent(asked, pseudonym=pseudonym, passphrase=passphrase))
    assert [error.name for error in read.errors] == wrong


def test_a_name_of_ones_own_is_refused_together_with_a_weak_passphrase(
    asked: ParsedRequest,
) -> None:
    read = read_join(sent(asked, pseudonym="Big Anna", new_passphrase="anna"))
    assert {error.name for error in read.errors} == {"pseudonyms", "new_passphrase"}


def test_the_name_of_the_site_and_the_own_name_make_no_passphrase(asked: ParsedRequest) -> None:
    form = sent(asked, new_passphrase="Feedback calm otter Feedback")
    assert read_new_passphrase(form, "calm otter")[1]
    form = sent(asked, new_passphrase="seven green rivers under paper")
    assert read_new_passphrase(form, "calm otter") == ("seven green rivers under paper", [])


def test_what_is_shown_again_has_an_end(asked: ParsedRequest) -> None:
    form = sent(asked, pseudonym="x" * 5000, new_passphrase="y" * 5000)
    assert len(typed(form, "pseudonym")) == TYPED_LIMIT
    assert len(typed_passphrase(form)) == PASSPHRASE_LIMIT
