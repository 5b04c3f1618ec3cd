"""Writing every publication into a folder, in every format, so that anyone can check them."""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

from nacl.signing import SigningKey

from coproduce.core.keys import Keys
from coproduce.reports.formats import FILE_KINDS, Format, csv_files
from coproduce.reports.parse_back import WITHDRAWAL
from coproduce.reports.queries import Published
from coproduce.reports.released import WITHDRAWAL_SCHEMA
from coproduce.web.locales import language


def export_publications(
    publications: Iterable[Published], folder: Path, keys: Keys, languages: Iterable[str]
) -> int:
    """Write each publication into a folder of its own and return how many there are.

    Each folder holds the released bytes (report.json), their signature (report.sig), and for each
    language the page, the PDF and the CSV tables. Of a publication that was withdrawn because of
    its words, there is only the signed record (withdrawal.json) and what is in its place.
    `verify-key.hex` checks every signature.
    """
    count = 0
    folder.mkdir(parents=True, exist_ok=True)
    verify_key = SigningKey(keys.signing).verify_key
    (folder / "verify-key.hex").write_text(verify_key.encode().hex() + "\n", "ascii")
    for published in publications:
        place = folder / _folder_name(published)
        place.mkdir(exist_ok=True)
        count += 1
        if published.is_withdrawn and _is_record(published.document):
            (place / WITHDRAWAL).write_bytes(published.document)
            (place / "withdrawal.sig").write_bytes(published.signature)
            continue
        (place / "report.json").write_bytes(published.document)
        (place / "report.sig").write_bytes(published.signature)
        for code in languages:
            _write_language(published, place, code)
    return count


def _write_language(published: Published, place: Path, code: str) -> None:
    chosen = language(code)
    for kind in (Format.HTML, Format.PDF):
        content = FILE_KINDS[kind].make(published.document, chosen)
        (place / f"report.{code}.{kind}").write_bytes(content)
    tables = place / f"csv.{code}"
    tables.mkdir(exist_ok=True)
    for name, content in csv_files(published.document, chosen).items():
        (tables / name).write_bytes(content)


def _folder_name(published: Published) -> str:
    subject = hashlib.sha256(published.subject_id).hexdigest()[:8]
    again = f"-again-{published.revision}" if published.revision else ""
    return f"{published.edition}-{published.subject_kind}-{subject}{again}"


def _is_record(document: bytes) -> bool:
    return bool(json.loads(document)["schema"] == WITHDRAWAL_SCHEMA)
