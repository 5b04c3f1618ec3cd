"""Whether a write comes from our own pages, told by headers: no token, no cookie (ADR 0006)."""

from collections.abc import Mapping

from coproduce.core.permissions import Permission


def is_cross_site(headers: Mapping[str, str], permission: Permission) -> bool:
    """Return True if a POST must be refused as coming from somewhere else.

    Anonymous routes carry nothing a foreign site could abuse, and old phones send neither header:
    they refuse only what says itself that it is foreign. ``Origin: null`` is what Chromium sends
    from our own pages, because they forbid the referrer.
    """
    site = headers.get("sec-fetch-site")
    origin = headers.get("origin")
    host = origin.partition("://")[2] if origin else ""
    foreign = bool(origin) and origin != "null" and host != headers.get("host")
    if permission is Permission.ANONYMOUS:
        return site == "cross-site" or foreign
    if site:
        return site not in {"same-origin", "none"}
    return not origin or origin == "null" or foreign
