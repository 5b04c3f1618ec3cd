"""The site on one page: every address, its view, and what it asks of whoever comes."""

from coproduce.accounts import views as accounts
from coproduce.core.permissions import Permission
from coproduce.demonstration import views as demonstration
from coproduce.feedback import views as feedback
from coproduce.information import views as information
from coproduce.reports import views as reports
from coproduce.services import views as services
from coproduce.tables import SCHEMA
from coproduce.web.page_endpoint import Mode, Row
from coproduce.web.throttle import CODE_CHECKS, SUBMISSIONS

EVERYONE = Permission.ANONYMOUS

ask_to_sign_in = accounts.ask_to_sign_in
"""Answers in place of any route below for somebody who is not signed in."""

ROUTES = (
    # People giving feedback. Blind to any cookie.
    Row("GET", "/", services.show_home, EVERYONE),
    Row("POST", "/", services.enter_code, EVERYONE),
    Row("GET", "/find", services.show_find, EVERYONE),
    Row("POST", "/find", services.search, EVERYONE),
    Row("GET", "/g/{code}", feedback.show_form, EVERYONE),
    Row("POST", "/g", feedback.send_form, EVERYONE, Mode.OWN, SUBMISSIONS),
    Row("GET", "/code", feedback.show_code, EVERYONE),
    Row("POST", "/code", feedback.open_code, EVERYONE, Mode.OWN, CODE_CHECKS),
    # Information.
    Row("GET", "/safety", information.show_safety, EVERYONE),
    Row("GET", "/leave", information.leave, EVERYONE),
    Row("GET", "/privacy", information.show_privacy, EVERYONE),
    Row("GET", "/hand-over", information.hand_over_of(SCHEMA), EVERYONE),
    Row("GET", "/accessibility", information.show_accessibility, EVERYONE),
    Row("GET", "/about", information.show_about, EVERYONE),
    # Signing in, and the own account.
    # People: invitations, roles, leaving.
    # Moderation: reading and making safe.
    # Moderation: second readings, statements, safeguarding, what was set aside.
    # Moderation: the team, its keys and its log.
    # Reports.
    Row("GET", "/reports", reports.show_reports, Permission.REPORT_READ),
    Row("GET", "/reports/{publication}", reports.show_report, Permission.REPORT_READ),
    Row(
        "GET",
        "/reports/{publication}/report.{ending}",
        reports.download_report,
        Permission.REPORT_READ,
    ),
)

DEMONSTRATION = (
    # Only where everything is invented.
    Row("GET", "/demonstration", demonstration.show_guide, EVERYONE),
    Row("GET", "/demonstration/components", demonstration.show_components, EVERYONE),
)
