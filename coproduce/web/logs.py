"""Logs as JSON lines of allow-listed fields. What is not on the list cannot be written."""

import json
import logging
import sys

FIELDS = ("event", "job", "outcome", "count", "fault", "where", "port", "database")
"""Everything a log line may hold besides level and logger: no address, no path, no words."""


class AllowListed(logging.Formatter):
    """Writes the allow-listed fields of a record and nothing else."""

    def format(self, record: logging.LogRecord) -> str:
        """Return one JSON line; of an exception only its class and place remain."""
        line: dict[str, object] = {"level": record.levelname, "logger": record.name}
        if record.name.startswith("coproduce"):
            line["event"] = record.msg
        line |= {name: getattr(record, name) for name in FIELDS if hasattr(record, name)}
        if record.exc_info and record.exc_info[0]:
            line["fault"] = record.exc_info[0].__name__
        return json.dumps(line, sort_keys=True, default=str)


def write_logs() -> None:
    """Send every log of this process through `AllowListed` to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(AllowListed())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("coproduce").setLevel(logging.INFO)
