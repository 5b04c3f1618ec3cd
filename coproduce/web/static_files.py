"""Our own style, script and pictures: read once, compressed once, named by their content."""

import gzip
import hashlib
from dataclasses import dataclass
from functools import cache
from importlib import resources

import brotli

MEDIA_TYPES = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
    "png": "image/png",
    "txt": "text/plain; charset=utf-8",
}


@dataclass(frozen=True, slots=True)
class StaticFile:
    """One file in the three forms it is sent in."""

    media_type: str
    plain: bytes
    gzip: bytes
    brotli: bytes

    def encoded(self, accept_encoding: str) -> tuple[bytes, str | None]:
        """Return the smallest form the browser takes, and the name of its encoding."""
        if "br" in accept_encoding:
            return self.brotli, "br"
        if "gzip" in accept_encoding:
            return self.gzip, "gzip"
        return self.plain, None


@cache
def static_files() -> dict[str, StaticFile]:
    """Return every file below `static/`, by the address path it is served under."""
    return {
        _address(name, content): _packed(name, content) for name, content in _contents().items()
    }


@cache
def static_url(name: str) -> str:
    """Return the address of a file; it changes with the content, so browsers may keep it.

    Raises:
        KeyError: if there is no such file.
    """
    return "/static/" + _address(name, _contents()[name])


@cache
def _contents() -> dict[str, bytes]:
    folder = resources.files("coproduce").joinpath("static")
    return {
        entry.name: entry.read_bytes()
        for entry in folder.iterdir()
        if entry.is_file() and entry.name.rpartition(".")[2] in MEDIA_TYPES
    }


def _address(name: str, content: bytes) -> str:
    stem, _dot, ending = name.rpartition(".")
    return f"{stem}.{hashlib.sha256(content).hexdigest()[:8]}.{ending}"


def _packed(name: str, content: bytes) -> StaticFile:
    return StaticFile(
        media_type=MEDIA_TYPES[name.rpartition(".")[2]],
        plain=content,
        gzip=gzip.compress(content, 9, mtime=0),
        brotli=brotli.compress(content, quality=11),
    )
