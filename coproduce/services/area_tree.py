"""The areas that are known, in memory: which one a file means, and where a new one belongs."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field

from coproduce.core.text import folded


@dataclass(slots=True)
class AreaTree:
    """Areas by level and name, and what each lies in.

    Files know more or less about a place: one says Newport, another Newport on the Isle of Wight.
    They mean the same area as long as one says nothing the other denies.
    """

    parents: dict[bytes, bytes | None] = field(default_factory=dict)
    _ids: defaultdict[tuple[str, str], list[bytes]] = field(
        default_factory=lambda: defaultdict(list)
    )

    def add(self, area_id: bytes, *, level: str, name: str, parent_id: bytes | None) -> None:
        """Put an area into the tree."""
        self.parents[area_id] = parent_id
        self._ids[level, folded(name)].append(area_id)

    def around(self, area_id: bytes | None) -> list[bytes]:
        """Return the area and all larger ones around it, smallest first."""
        path: list[bytes] = []
        while area_id is not None and area_id not in path:
            path.append(area_id)
            area_id = self.parents[area_id]
        return path

    def is_inside(self, area_id: bytes, parent_id: bytes | None) -> bool:
        """Return whether an area is known to lie in another one; in none, it always does."""
        return parent_id is None or parent_id in self.around(area_id)[1:]

    def find(
        self, *, level: str, name: str, parent_id: bytes | None, rather: Collection[bytes]
    ) -> bytes | None:
        """Return the area a file means, or None if it is new.

        Args:
            level: how large it is.
            name: as written; compared without case and accents.
            parent_id: the next larger area the file names, if any.
            rather: what to choose if several fit equally well.
        """
        said = set(self.around(parent_id))
        fitting = []
        for area_id in self._ids[level, folded(name)]:
            known = set(self.around(area_id)[1:])
            if known <= said or said <= known:
                fitting.append((known != said, area_id not in rather, area_id))
        return min(fitting)[-1] if fitting else None
