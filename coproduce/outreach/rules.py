"""Which services somebody may print for, and what may be printed. Pure."""

from collections.abc import Iterable
from enum import StrEnum

from coproduce.core.actor import Reach

SERVICES_ON_PAGE = 30
"""Services the list shows at once. Source: what fits a screen or two; docs/outreach.md."""

CARDS_ON_SHEET = 10
"""Cards of 85 by 55 mm on one sheet of A4. Source: the usual size of a business card, ISO 7810."""

BATCH_SIZES = (20, 40, 60, 100, 200)
"""How many cards may be made at once: full sheets. Source: privacy rule A.7."""

GOOD_MONTHS = (3, 6, 12)
"""For how many months cards may be good. Source: docs/retention.md."""


class PrintEvent(StrEnum):
    """What the log calls each step."""

    PRINTED = "cards printed"
    CANCELLED = "cards cancelled"


def may_print(reach: Reach, provider_id: bytes, areas: Iterable[bytes]) -> bool:
    """Return whether somebody may print for a service of this provider, in these areas."""
    return may_hand_to_others(reach, areas) or provider_id in reach.providers


def may_hand_to_others(reach: Reach, areas: Iterable[bytes]) -> bool:
    """Return whether somebody may print cards that others than the provider hand out.

    Cards of the provider count for at most 70 in 100 of a report (docs/disclosure.md), so the
    provider must not be able to call its own cards those of somebody else.
    """
    return reach.is_everywhere or not reach.areas.isdisjoint(areas)


def typed_address(public_url: str) -> str:
    """Return an address as people type it: without "https://"."""
    return public_url.partition("://")[2]
