"""Choosing an area: which ones are offered, what lies in which, and what somebody types for one."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

from coproduce.core.messages import Message, _
from coproduce.core.text import folded
from coproduce.services.models import AreaLevel
from coproduce.services.name_search import Named, index_of, search
from coproduce.services.rules import areas_around

OFFERED_AT_MOST = 40
"""Areas offered at once. More would be a long way to scroll, and more bytes than a page may have.

Source: docs/directory.md, how people find a service.
"""

_LEVELS = tuple(AreaLevel)


@dataclass(frozen=True, slots=True)
class AreaChoice:
    """An area somebody can choose.

    Attributes:
        id: the area.
        code: its own landing code.
        name: what it is called.
        label: its name, with what lies around it where two have the same name.
        level: how large it is.
        parent_id: what lies around it, or None.
        services: how many services lie in it, at any depth, that anyone can find.
    """

    id: bytes
    code: str
    name: str
    label: str
    level: AreaLevel
    parent_id: bytes | None
    services: int = 0


@dataclass(frozen=True, slots=True)
class PickedArea:
    """One area out of a list, or out of what was typed; or what to do until it is one.

    Attributes:
        offered: the areas to choose from; empty if there are too many and one must be typed.
        near: what a typed name may mean, where that is not certain.
        place: as typed.
        area: the area, once it is certain.
        fault: why it is not certain yet.
    """

    offered: tuple[AreaChoice, ...] = ()
    near: tuple[AreaChoice, ...] = ()
    place: str = ""
    area: AreaChoice | None = None
    fault: Message | None = None


@dataclass(frozen=True, slots=True, eq=False)
class AreaBook:
    """All areas that have a form of their own, by name; and how every area lies in others."""

    choices: tuple[AreaChoice, ...] = ()
    parents: Mapping[bytes, bytes | None] = field(default_factory=dict)

    @property
    def offered(self) -> tuple[AreaChoice, ...]:
        """All of them, towns first, if they are few enough for one list; otherwise none."""
        if len(self.choices) > OFFERED_AT_MOST:
            return ()
        return tuple(sorted(self.choices, key=lambda one: _LEVELS.index(one.level)))

    def with_code(self, code: str) -> AreaChoice | None:
        """Return the area that has this landing code."""
        return next((one for one in self.choices if one.code == code), None)

    def around(self, area_id: bytes | None) -> list[bytes]:
        """Return an area and the larger ones it lies in, smallest first."""
        return areas_around(area_id, self.parents)

    def inside(self, area_id: bytes) -> frozenset[bytes]:
        """Return an area and everything that lies in it."""
        return frozenset(one for one in self.parents if area_id in self.around(one))

    def below(self, area: AreaChoice | None) -> tuple[AreaChoice, ...]:
        """Return the next smaller areas with services, by name; the fullest ones if too many.

        Where only one lies in another, what lies in that one is given.
        """
        parent_id = area.id if area else None
        below = [one for one in self.choices if one.parent_id == parent_id and one.services]
        if len(below) == 1 and (inner := self.below(below[0])):
            return inner
        fullest = sorted(below, key=lambda one: -one.services)[:OFFERED_AT_MOST]
        return tuple(one for one in self.choices if one in set(fullest))

    def meant_by(self, typed: str) -> tuple[AreaChoice, ...]:
        """Return which areas somebody may mean, likest first; one if there is no doubt."""
        wanted = folded(typed)
        for names in ("label", "name"):
            exact = [one for one in self.choices if folded(getattr(one, names)) == wanted]
            if exact:
                return tuple(exact)
        index = index_of(tuple(Named((one.name,)) for one in self.choices))
        likeness = search(index, typed)
        likest = sorted(likeness, key=lambda number: -likeness[number])
        return tuple(self.choices[number] for number in likest[:8])

    def picked(self, code: str, typed: str) -> PickedArea:
        """Return the area with this code, or the one that the typed name means without doubt."""
        if area := self.with_code(code):
            return PickedArea(self.offered, place=area.label, area=area)
        if not typed:
            return PickedArea(self.offered, fault=_("Please say where it was."))
        near = self.meant_by(typed)
        if not near:
            unknown = _("We do not know this place. Try a town or a county near it.")
            return PickedArea(self.offered, place=typed, fault=unknown)
        if len(near) == 1 and folded(typed) in {folded(near[0].name), folded(near[0].label)}:
            return PickedArea(self.offered, place=near[0].label, area=near[0])
        return PickedArea(self.offered, near, typed, fault=_("Which of these do you mean?"))


def area_book(
    areas: Iterable[AreaChoice],
    parents: Mapping[bytes, tuple[bytes | None, str]],
    held: Mapping[bytes, int],
    secret: Collection[bytes] = (),
) -> AreaBook:
    """Return the areas in order, told apart and counted.

    An area in which the only services are not publicly listed is no choice: its name in a list
    would tell where they are. The larger one around it is.

    Args:
        areas: those with a landing code; label and number of services are not looked at.
        parents: of every area, what lies around it, and its name.
        held: how many services that anyone can find are in an area itself.
        secret: areas in which services are that are not publicly listed.
    """
    book = AreaBook(parents={area_id: parent_id for area_id, (parent_id, _name) in parents.items()})
    services: Counter[bytes] = Counter()
    for area_id, times in held.items():
        for around in book.around(area_id):
            services[around] += times
    same: defaultdict[str, int] = defaultdict(int)
    listed = [one for one in areas if services[one.id] or one.id not in secret]
    for area in listed:
        same[folded(area.name)] += 1

    def label(area: AreaChoice) -> str:
        wider = parents.get(area.parent_id) if area.parent_id else None
        return f"{area.name}, {wider[1]}" if wider and same[folded(area.name)] > 1 else area.name

    told_apart = [replace(one, label=label(one), services=services[one.id]) for one in listed]
    told_apart.sort(key=lambda one: (folded(one.label), one.code))
    return AreaBook(tuple(told_apart), book.parents)
