import dataclasses
import json
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from coproduce.core.errors import OperatorError
from coproduce.core.keys import (
    HASHES_AT_ONCE,
    SLOW_HASH,
    Keys,
    NewKeys,
    check_phrase,
    new_keys,
    read_key_file,
    word_list,
    write_key_file,
)
from coproduce.core.sealing import open_with, seal_to


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    path = tmp_path / "keys.json"
    write_key_file(new_keys().keys, path)
    return path


def test_keys_read_back_as_they_were_written(tmp_path: Path) -> None:
    made = new_keys().keys
    write_key_file(made, tmp_path / "keys.json")
    assert read_key_file(tmp_path / "keys.json") == made


def test_only_the_owner_may_read_the_key_file(key_file: Path) -> None:
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o400


def test_a_loose_umask_does_not_open_the_key_file(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        write_key_file(new_keys().keys, tmp_path / "keys.json")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "keys.json").stat().st_mode) == 0o400


@pytest.mark.parametrize("mode", [0o440, 0o404, 0o600 | 0o020])
def test_a_key_file_that_others_may_touch_is_refused(key_file: Path, mode: int) -> None:
    key_file.chmod(mode)
    with pytest.raises(OperatorError, match="chmod 400"):
        read_key_file(key_file)


def test_keys_are_never_overwritten(key_file: Path) -> None:
    before = key_file.read_bytes()
    with pytest.raises(OperatorError, match="never overwritten"):
        write_key_file(new_keys().keys, key_file)
    assert key_file.read_bytes() == before


def test_a_missing_key_file_names_the_mend(tmp_path: Path) -> None:
    with pytest.raises(OperatorError, match=r"coproduce --data \S+ init"):
        read_key_file(tmp_path / "keys.json")


def rewrite(key_file: Path, content: bytes) -> None:
    key_file.unlink()
    key_file.write_bytes(content)
    key_file.chmod(0o400)


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b'"keys"', b"\xff", b'{"version": 1}'])
def test_a_file_that_holds_no_keys_is_refused(key_file: Path, content: bytes) -> None:
    rewrite(key_file, content)
    with pytest.raises(OperatorError, match="damaged"):
        read_key_file(key_file)


@pytest.mark.parametrize("value", ["", "AAAA", "not base64!", 5, None, ["A"], {}])
def test_a_damaged_key_is_refused(key_file: Path, value: object) -> None:
    rewrite(key_file, json.dumps({**json.loads(key_file.read_bytes()), "form": value}).encode())
    with pytest.raises(OperatorError, match="damaged"):
        read_key_file(key_file)


def test_keys_never_show_themselves(fresh_keys: NewKeys) -> None:
    shown = f"{fresh_keys!r} {fresh_keys.keys!r}"
    for field in dataclasses.fields(Keys):
        value = getattr(fresh_keys.keys, field.name)
        assert str(value) not in shown
    assert str(fresh_keys.recovery_private) not in shown


def test_new_keys_are_new_and_all_different() -> None:
    one, other = new_keys(), new_keys()
    secrets = {
        getattr(made.keys, field.name)
        for made in (one, other)
        for field in dataclasses.fields(Keys)
        if field.name != "slow_hash"
    }
    assert len(secrets) == 2 * (len(dataclasses.fields(Keys)) - 1)


def test_the_private_halves_open_what_the_public_ones_seal(fresh_keys: NewKeys) -> None:
    keys = fresh_keys.keys
    assert open_with(fresh_keys.recovery_private, seal_to(keys.recovery_public, b"a")) == b"a"
    assert open_with(fresh_keys.backup_private, seal_to(keys.backup_public, b"b")) == b"b"


def test_the_slow_hash_costs_what_is_recommended() -> None:
    assert new_keys().keys.slow_hash == SLOW_HASH
    assert (SLOW_HASH.passes, SLOW_HASH.kibibytes) == (2, 19 * 1024)


def test_a_slow_key_depends_on_the_code_and_on_the_salt(keys: Keys) -> None:
    other = dataclasses.replace(keys, salt=b"other salt, also 32 bytes long ..")
    made = {keys.slow_key("1" * 16), keys.slow_key("2" * 16), other.slow_key("1" * 16)}
    assert len(made) == 3
    assert keys.slow_key("1" * 16) in made


def test_no_more_than_two_slow_hashes_run_at_once(keys: Keys) -> None:
    third = threading.Thread(target=keys.slow_key, args=("1" * 16,))
    with HASHES_AT_ONCE, HASHES_AT_ONCE:
        third.start()
        third.join(0.2)
        assert third.is_alive()
    third.join(20)
    assert not third.is_alive()


def test_the_check_phrase_tells_a_right_copy_from_a_wrong_one(key_file: Path) -> None:
    keys = read_key_file(key_file)
    phrase = check_phrase(keys)
    assert phrase == check_phrase(read_key_file(key_file))
    assert phrase != check_phrase(dataclasses.replace(keys, form=b"x" * 32))
    assert len(phrase.split()) == 4
    assert set(phrase.split()) <= set(word_list())


def test_the_word_list_is_whole() -> None:
    words = word_list()
    assert len(words) == len(set(words)) == 1296
    assert all(word.isascii() and word.islower() for word in words)


@pytest.mark.skipif(os.geteuid() != 0, reason="Only root can become somebody else.")
def test_a_key_file_of_somebody_else_is_refused_in_words(key_file: Path) -> None:
    for folder in (key_file.parent, *key_file.parent.parents):
        if not folder.stat().st_mode & 0o001:
            folder.chmod(folder.stat().st_mode | 0o001)
        if folder.parent == Path(folder.anchor):
            break
    program = (
        "import os, sys; from pathlib import Path;"
        "from coproduce.core.keys import read_key_file;"
        "from coproduce.core.errors import OperatorError;"
        "os.setuid(65534)\n"
        "try: read_key_file(Path(sys.argv[1]))\n"
        "except OperatorError as error: print(error)"
    )
    said = subprocess.run(
        [sys.executable, "-c", program, key_file], capture_output=True, text=True, check=True
    )
    assert "cannot be read by this user" in said.stdout
