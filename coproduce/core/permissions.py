"""Who may do what, as names. `routes.py` puts one of these on every route."""

from enum import StrEnum


class Permission(StrEnum):
    """What a route asks of whoever comes."""

    ANONYMOUS = "anonymous"
    """Open to everyone and blind: the cookie is never looked at, even of somebody signed in."""

    REPORT_READ = "report:read"
    """Read and download the published reports."""
