"""An instance on the disk, as an operator has one: data folder, key file, settings."""

from pathlib import Path

from coproduce.core.keys import Keys, write_key_file
from coproduce.settings import Settings, read_settings


def make_settings(data: Path, database_url: str, keys: Keys | None = None, **more: str) -> Settings:
    """Make a data folder, put the keys in it, and return the settings of the instance.

    ``more`` are settings by their names without the prefix, in any case.
    """
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    if keys is not None:
        write_key_file(keys, data / "keys.json")
    named = {f"COPRODUCE_{name.upper()}": value for name, value in more.items()}
    return read_settings({"COPRODUCE_DATABASE_URL": database_url, **named}, data=data)
