from dataclasses import fields
from pathlib import Path

import pytest

from coproduce.core.errors import OperatorError
from coproduce.settings import EXAMPLE_DEPLOYMENT, Settings, read_settings


def mistakes_of(**environment: str) -> list[str]:
    with pytest.raises(OperatorError) as found:
        read_settings({f"COPRODUCE_{name}": value for name, value in environment.items()})
    return str(found.value).splitlines()


def test_with_no_setting_at_all_everything_is_in_one_folder() -> None:
    settings = read_settings({})

    assert settings.data == Path("var")
    assert settings.database_url == f"sqlite:///{Path('var').resolve() / 'coproduce.sqlite'}"
    assert settings.key_file == Path("var/keys.json")
    assert settings.languages == ("en",)
    assert settings.public_url == "http://127.0.0.1:8000"
    assert settings.hosts == {"127.0.0.1", "localhost", "::1"}
    assert (settings.trusted_proxies, settings.alert_command) == ((), "")
    assert settings.backup_days == 30
    assert settings.deployment.title == "Feedback"


def test_everything_can_be_set(tmp_path: Path) -> None:
    deployment = tmp_path / "who.toml"
    deployment.write_text(EXAMPLE_DEPLOYMENT.read_text().replace("Feedback", "Notes"))
    settings = read_settings(
        {
            "COPRODUCE_DATA": str(tmp_path),
            "COPRODUCE_DATABASE_URL": "postgresql://somewhere/coproduce",
            "COPRODUCE_KEY_FILE": "/run/keys.json",
            "COPRODUCE_DEPLOYMENT": str(deployment),
            "COPRODUCE_LANGUAGES": "ro, en,ar ",
            "COPRODUCE_PUBLIC_URL": "https://notes.example/",
            "COPRODUCE_TRUSTED_PROXIES": "10.0.0.1, 10.0.0.2",
            "COPRODUCE_ALERT_COMMAND": "notify staff",
            "COPRODUCE_BACKUP_DAYS": "7",
        }
    )

    assert settings.database_url == "postgresql://somewhere/coproduce"
    assert settings.key_file == Path("/run/keys.json")
    assert settings.deployment.title == "Notes"
    assert settings.languages == ("ro", "en", "ar")
    assert settings.public_url == "https://notes.example"
    assert settings.hosts == {"notes.example", "127.0.0.1", "localhost", "::1"}
    assert settings.trusted_proxies == ("10.0.0.1", "10.0.0.2")
    assert (settings.alert_command, settings.backup_days) == ("notify staff", 7)


def test_every_setting_is_described() -> None:
    assert Settings.__doc__ is not None
    for setting in fields(Settings):
        assert f"        {setting.name}: " in Settings.__doc__


def test_a_folder_on_the_command_line_comes_first() -> None:
    settings = read_settings({"COPRODUCE_DATA": "/elsewhere"}, data=Path("here"))

    assert settings.data == Path("here")
    assert settings.key_file == Path("here/keys.json")


def test_every_mistake_is_told_at_once_with_its_mend() -> None:
    mistakes = mistakes_of(
        DATABSE_URL="sqlite:///x",
        LANGUAGES="en,klingon!",
        PUBLIC_URL="feedback.example",
        BACKUP_DAYS="0",
        DATABASE_URL="mysql://somewhere",
        DEPLOYMENT="/nowhere.toml",
    )

    assert mistakes == [
        "COPRODUCE_DATABSE_URL is not a setting. Remove it or correct its name.",
        "COPRODUCE_LANGUAGES: klingon! is not a language code. Use codes such as en or ar.",
        "COPRODUCE_PUBLIC_URL must look like https://feedback.example.org.",
        "COPRODUCE_BACKUP_DAYS must be a number of days from 1 to 90.",
        "COPRODUCE_DATABASE_URL must start with postgresql:// or sqlite:///.",
        "COPRODUCE_DEPLOYMENT: No deployment file at /nowhere.toml."
        " Copy deployment.example.toml there.",
    ]


@pytest.mark.parametrize("days", ["0", "91", "-1", "ten", "1.5", "²"])
def test_backups_are_kept_for_one_to_ninety_days(days: str) -> None:
    assert mistakes_of(BACKUP_DAYS=days)


@pytest.mark.parametrize("languages", [",", " , ", "english"])
def test_a_language_must_be_one(languages: str) -> None:
    assert mistakes_of(LANGUAGES=languages)


@pytest.mark.parametrize("url", ["ftp://x.example", "https://", "//x.example", "x"])
def test_the_public_address_must_be_one(url: str) -> None:
    assert mistakes_of(PUBLIC_URL=url)


def test_what_only_tests_set_is_no_mistake() -> None:
    environment = {"COPRODUCE_TEST_DATABASE_URL": "x", "COPRODUCE_PROVE": "1", "PATH": "/bin"}

    assert read_settings(environment) == read_settings({})
