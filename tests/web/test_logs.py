import io
import json
import logging
import sys

from coproduce.web.logs import AllowListed


def line_of(record: logging.LogRecord) -> dict[str, object]:
    parsed: dict[str, object] = json.loads(AllowListed().format(record))
    return parsed


def record(name: str = "coproduce.jobs", **extra: object) -> logging.LogRecord:
    made = logging.getLogger(name).makeRecord(
        name, logging.INFO, "file", 1, "job done", (), None, extra=extra
    )
    assert isinstance(made, logging.LogRecord)
    return made


def test_a_line_holds_its_level_its_logger_and_its_event() -> None:
    assert line_of(record()) == {"level": "INFO", "logger": "coproduce.jobs", "event": "job done"}


def test_allowed_fields_are_written_and_others_are_not() -> None:
    line = line_of(record(job="settle", count=5, address="192.0.2.1", path="/g/7KQ2MD"))
    assert line["job"] == "settle"
    assert line["count"] == 5
    assert "address" not in line
    assert "path" not in line


def test_what_others_say_is_reduced_to_who_said_it() -> None:
    """A library may put an address or a path into its message."""
    assert line_of(record("uvicorn.error")) == {"level": "INFO", "logger": "uvicorn.error"}


def test_of_an_exception_only_its_kind_is_written() -> None:
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(AllowListed())
    try:
        raise RuntimeError("words that nobody may see")
    except RuntimeError:
        handler.emit(
            logging.LogRecord("coproduce", logging.ERROR, "f", 1, "fault", (), sys.exc_info())
        )
    assert json.loads(written.getvalue())["fault"] == "RuntimeError"
    assert "words" not in written.getvalue()
