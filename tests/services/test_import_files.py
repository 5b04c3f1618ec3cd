import io
import json
import zipfile
import zlib
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from coproduce.core.messages import untranslated
from coproduce.services.import_files import (
    MAX_BYTES,
    MAX_DEPTH,
    MAX_FILES,
    MAX_ROWS,
    FileRefused,
    SourceFile,
    decode,
    open_files,
    read_json,
    read_table,
    unpack,
)


def archive_of(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", method) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return content.getvalue()


def reason(refused: pytest.ExceptionInfo[FileRefused]) -> str:
    return untranslated(refused.value.message)


def test_a_file_is_opened_by_its_name_without_folders(tmp_path: Path) -> None:
    (tmp_path / "services.json").write_text("{}")

    assert open_files(tmp_path / "services.json") == (SourceFile("services.json", b"{}"),)


def test_a_folder_gives_its_csv_and_json_files_in_order_and_nothing_hidden(tmp_path: Path) -> None:
    for name in ("b.csv", "a.json", ".hidden.csv", "photo.png"):
        (tmp_path / name).write_text("x")
    (tmp_path / "link.csv").symlink_to("/etc/passwd")
    (tmp_path / "inner.csv").mkdir()

    assert [file.name for file in open_files(tmp_path)] == ["a.json", "b.csv"]


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileRefused, match="not here"):
        open_files(tmp_path / "none.csv")


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileRefused, match="no CSV or JSON"):
        open_files(tmp_path)


@pytest.mark.parametrize("content", [b"", b" \r\n\t "])
def test_an_empty_file_is_refused(content: bytes) -> None:
    with pytest.raises(FileRefused, match="empty"):
        unpack(SourceFile("a.csv", content))


def test_a_file_larger_than_the_limit_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"x" * (MAX_BYTES + 1))

    with pytest.raises(FileRefused) as refused:
        open_files(tmp_path / "a.csv")
    assert "larger than 20 MiB" in reason(refused)


def test_a_folder_larger_than_the_limit_is_refused(tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_bytes(b"x" * (MAX_BYTES // 2 + 1))

    with pytest.raises(FileRefused, match="larger than"):
        open_files(tmp_path)


def test_a_folder_of_too_many_files_is_refused(tmp_path: Path) -> None:
    for number in range(MAX_FILES + 1):
        (tmp_path / f"{number}.csv").write_text("x")

    with pytest.raises(FileRefused, match="more than"):
        open_files(tmp_path)


def test_an_archive_gives_its_files_by_name_without_folders() -> None:
    content = archive_of(
        {"feed/b.csv": b"2", "../../a.json": b"1", "__MACOSX/._b.csv": b"", "notes.pdf": b"3"}
    )

    assert unpack(SourceFile("feed.zip", content)) == (
        SourceFile("a.json", b"1"),
        SourceFile("b.csv", b"2"),
    )


BOMB = bytes(5 * 2**20)


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ({f"{number}.csv": b"x" for number in range(MAX_FILES + 1)}, "more than"),
        ({"a.csv": BOMB}, "grows too much"),
        ({"photo.png": BOMB}, "grows too much"),
        ({f"{number}.csv": BOMB for number in range(5)}, "larger than"),
        ({"xl/workbook.xml": b"x", "xl/a.csv": b"x"}, "spreadsheet"),
        ({"a/services.csv": b"x", "b/services.csv": b"x"}, "Two files"),
        ({"photo.png": b"x"}, "no CSV or JSON"),
    ],
)
def test_an_archive_beyond_a_limit_is_refused(files: dict[str, bytes], why: str) -> None:
    with pytest.raises(FileRefused, match=why):
        unpack(SourceFile("a.zip", archive_of(files)))


def test_an_archive_that_lies_about_its_size_is_refused() -> None:
    content = archive_of({"a.csv": BOMB})
    size, lie = (len(BOMB)).to_bytes(4, "little"), (500).to_bytes(4, "little")
    assert content.count(size) == 2

    with pytest.raises(FileRefused, match="damaged"):
        unpack(SourceFile("a.zip", content.replace(size, lie)))


def test_an_archive_within_an_archive_is_not_opened() -> None:
    inner = archive_of({"services.csv": b"x"})

    with pytest.raises(FileRefused, match="no CSV or JSON"):
        unpack(SourceFile("a.zip", archive_of({"inner.zip": inner})))


def test_a_rarely_packed_archive_is_refused() -> None:
    with pytest.raises(FileRefused, match="rare way"):
        unpack(SourceFile("a.zip", archive_of({"a.csv": b"name\n" * 9}, zipfile.ZIP_LZMA)))


def test_a_locked_archive_is_refused() -> None:
    content = bytearray(archive_of({"a.csv": b"name"}))
    directory = content.index(b"PK\x01\x02")
    content[directory + 8] |= 1

    with pytest.raises(FileRefused, match="password"):
        unpack(SourceFile("a.zip", bytes(content)))


@given(st.data())
def test_a_damaged_archive_is_refused_or_read_but_never_breaks(data: st.DataObject) -> None:
    content = bytearray(archive_of({"services.csv": b"name,town\nDrop-in,Leeds\n" * 20}))
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(4, len(content) - 1))] = data.draw(st.integers(0, 255))

    try:
        files = unpack(SourceFile("a.zip", bytes(content)))
    except FileRefused:
        return
    assert sum(len(file.content) for file in files) <= MAX_BYTES


@pytest.mark.parametrize(
    ("encoding", "found"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("cp1252", "cp1252"),
    ],
)
def test_the_encoding_is_found_out(encoding: str, found: str) -> None:
    text = "name,town\r\nCafé “Open Door” – £2,Åre\r\n"

    assert decode(SourceFile("a.csv", text.encode(encoding))) == (text, found)


@pytest.mark.parametrize(
    "content",
    [
        b"\x89PNG\r\n\x1a\n\x00\x00",
        b"\x00\x01\x02",
        b"\xff\xfe\x00",
        b"caf\x81",
        zlib.compress(b"x" * 99),
    ],
)
def test_what_is_no_text_is_refused(content: bytes) -> None:
    with pytest.raises(FileRefused, match="no text file"):
        decode(SourceFile("a.csv", content))


ROWS = [["name", "town"], ["Drop-in", "Leeds"], ["Help; now", "York"]]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", "¬"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_what_parts_the_columns_is_found_out(delimiter: str, line_end: str) -> None:
    quoted = [[f'"{cell}"' if delimiter in cell else cell for cell in row] for row in ROWS]
    text = line_end.join(delimiter.join(row) for row in quoted)

    table = read_table(SourceFile("a.csv", text.encode()))

    assert table.delimiter == delimiter
    assert table.header == ("name", "town")
    assert table.rows == (
        (2, {"name": "Drop-in", "town": "Leeds"}),
        (3, {"name": "Help; now", "town": "York"}),
    )


def test_the_header_is_the_first_row_with_the_wanted_columns() -> None:
    text = (
        "Services of the town,,\nmade in May,,\n\nTown; Name,x,y\nId, NAME ,Town\n1,Drop-in,Leeds\n"
    )

    table = read_table(SourceFile("a.csv", text.encode()), wanted=["name", "town"])

    assert table.header == ("Id", "NAME", "Town")
    assert table.rows == ((6, {"Id": "1", "NAME": "Drop-in", "Town": "Leeds"}),)


def test_a_quoted_cell_holds_delimiters_line_ends_and_quotation_marks() -> None:
    text = 'name,opening\n"The ""Hub"", Leeds","Mon\nTue"\nOther,\n'

    table = read_table(SourceFile("a.csv", text.encode()))

    assert table.rows[0] == (2, {"name": 'The "Hub", Leeds', "opening": "Mon\nTue"})


def test_an_unquoted_export_keeps_its_quotation_marks() -> None:
    text = 'name¬town\n"Hub¬Leeds\n'

    table = read_table(SourceFile("a.csv", text.encode("cp1252")))

    assert table.rows == ((2, {"name": '"Hub', "town": "Leeds"}),)


def test_rows_that_do_not_fit_the_header_are_named() -> None:
    text = "name,town,kind\nA,Leeds\nB,York,food,more\nC\nD,Hull,food,,\n\nE,Bath,food\n"

    table = read_table(SourceFile("a.csv", text.encode()))

    assert [number for number, _row in table.rows] == [2, 5, 7]
    assert table.uneven == ((3, 4), (4, 1))


def test_a_short_row_of_an_unquoted_export_is_a_broken_one() -> None:
    table = read_table(SourceFile("a.csv", "name¬town¬kind\nA¬Leeds\n".encode()))

    assert table.uneven == ((2, 2),)


def test_an_open_quotation_mark_is_named_with_its_row() -> None:
    with pytest.raises(FileRefused, match="quotation mark") as refused:
        read_table(SourceFile("a.csv", b'name,town\nA,Leeds\n"B,York\nC,Hull\n'))

    assert refused.value.where == "a.csv:3"


def test_too_many_rows_are_refused() -> None:
    with pytest.raises(FileRefused, match="rows"):
        read_table(SourceFile("a.csv", b"name\n" + b"x\n" * (MAX_ROWS + 1)))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('{"a": 1', "line 1, column 8"),
        ('[{"name": "x"},]', "line 1"),
        ("[" * 5_000, "deeper"),
        ("[" * 100 + "]" * 100, "deeper"),
        ('{"a":' * (MAX_DEPTH + 1) + "1" + "}" * (MAX_DEPTH + 1), "deeper"),
        ("[" + "[]," * 1_000_000 + "[]]", "too many values"),
        ("[" + "1" * 5_000 + "]", "too long"),
    ],
)
def test_json_beyond_a_limit_is_refused(text: str, why: str) -> None:
    with pytest.raises(FileRefused) as refused:
        read_json("a.json", text)

    assert why in reason(refused)
    assert refused.value.where == "a.json"


def test_json_as_deep_as_the_limit_is_read() -> None:
    text = "[" * MAX_DEPTH + "1" + "]" * MAX_DEPTH

    assert read_json("a.json", text) == json.loads(text)


@given(st.binary(max_size=400))
@example(b"PK\x03\x04")
@example(b"\xff\xfe")
@example(b"\xef\xbb\xbf")
@example(b'"\n"')
@example(b"[" * 3_000)
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    with suppress(FileRefused):
        for file in unpack(SourceFile("a", content)):
            read_table(file)
            read_json(file.name, decode(file)[0])
