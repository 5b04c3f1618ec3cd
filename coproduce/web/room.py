"""How much room is left where everything is stored, told before anybody types."""

import shutil
from dataclasses import dataclass
from pathlib import Path

LEAST_BYTES = 500 * 1024 * 1024
"""Below this a quarter could not be closed any more. Source: docs/operating.md."""

LEAST_SHARE = 0.05
"""Part of a small disk that stands in the place of `LEAST_BYTES`. Source: the same."""


@dataclass(frozen=True, slots=True)
class Room:
    """A folder, and how much must be free on its disk.

    Attributes:
        folder: where the database is; None if it is not on this machine.
        least_bytes: free bytes that are enough on any disk.
        least_share: free part of a disk that is enough as well.
    """

    folder: Path | None = None
    least_bytes: int = LEAST_BYTES
    least_share: float = LEAST_SHARE

    @property
    def is_short(self) -> bool:
        """Whether what is sent now may not find room. Takes some microseconds."""
        if self.folder is None:
            return False
        try:
            disk = shutil.disk_usage(self.folder)
        except OSError:
            return False  # Whether something can be stored is found out by storing it.
        return disk.free < min(self.least_bytes, disk.total * self.least_share)
