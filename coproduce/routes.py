"""The site on one page: every address, its view, and what it asks of whoever comes."""

from coproduce.accounts import account_views, join_views
from coproduce.accounts import people_views as people
from coproduce.accounts import views as accounts
from coproduce.core.permissions import Permission
from coproduce.demonstration import views as demonstration
from coproduce.feedback import code_views as code
from coproduce.feedback import missing_views as missing
from coproduce.feedback import views as feedback
from coproduce.feedback.queries import list_quarters_with_unread
from coproduce.information import views as information
from coproduce.moderation import safeguarding_views as safeguarding
from coproduce.moderation import second_views as second
from coproduce.moderation import set_aside_views as set_aside
from coproduce.moderation import statement_views as statements
from coproduce.moderation import team_views as team
from coproduce.moderation import views as reading
from coproduce.outreach import form_views as paper
from coproduce.outreach import views as outreach
from coproduce.reports import views as reports
from coproduce.reports import words_views as report_words
from coproduce.reports.queries import list_frozen_periods
from coproduce.services import views as services
from coproduce.tables import SCHEMA
from coproduce.web.page_endpoint import Mode, Row
from coproduce.web.throttle import CODE_CHECKS, NOTICES, SIGN_INS, SUBMISSIONS

EVERYONE = Permission.ANONYMOUS
ACCOUNTS = Permission.ACCOUNTS_MANAGE

ask_to_sign_in = accounts.ask_to_sign_in
"""Answers in place of any route below for somebody who is not signed in."""

ROUTES = (
    # People giving feedback. Blind to any cookie.
    Row("GET", "/", services.show_home, EVERYONE),
    Row("POST", "/", services.enter_code, EVERYONE),
    Row("GET", "/find", services.show_find, EVERYONE),
    Row("POST", "/find", services.search, EVERYONE),
    Row("GET", "/never-in", services.show_never_in, EVERYONE),
    Row("POST", "/never-in", services.choose_never_in, EVERYONE),
    Row("GET", "/missing", missing.show_missing, EVERYONE),
    Row("GET", "/g/{code}", feedback.show_form, EVERYONE),
    Row("GET", "/g/{code}/helper", feedback.show_helper_form, EVERYONE),
    Row("GET", "/g/{code}/kiosk", feedback.show_kiosk_form, EVERYONE),
    Row("POST", "/g", feedback.send_form, EVERYONE, Mode.OWN, SUBMISSIONS),
    Row("GET", "/code", code.show_code, EVERYONE),
    Row(
        "POST",
        "/code",
        code.open_code,
        EVERYONE,
        Mode.OWN,
        CODE_CHECKS,
        SUBMISSIONS,
        even_seconds=code.EVEN_SECONDS,
    ),
    # Information.
    Row("GET", "/safety", information.show_safety, EVERYONE),
    Row("GET", "/leave", information.leave, EVERYONE),
    Row("GET", "/privacy", information.show_privacy, EVERYONE),
    Row("GET", "/hand-over", information.hand_over_of(SCHEMA), EVERYONE),
    Row("GET", "/accessibility", information.show_accessibility, EVERYONE),
    Row("GET", "/how-we-read", information.show_how_we_read, EVERYONE),
    Row("GET", "/about", information.about_of(list_quarters_with_unread), EVERYONE),
    # Signing in, and the own account.
    Row("GET", "/sign-in", accounts.show_sign_in, Permission.STRANGER),
    Row("POST", "/sign-in", accounts.sign_in, Permission.STRANGER, Mode.OWN, SIGN_INS),
    Row("GET", "/sign-in/code", accounts.show_second_step, Permission.SECOND_STEP),
    Row("POST", "/sign-in/code", accounts.give_code, Permission.SECOND_STEP, Mode.OWN, SIGN_INS),
    Row("GET", "/sign-in/second-factor", accounts.show_first_set_up, Permission.SECOND_STEP),
    Row(
        "POST",
        "/sign-in/second-factor",
        accounts.set_up_first,
        Permission.SECOND_STEP,
        Mode.OWN,
        SIGN_INS,
    ),
    Row("POST", "/sign-out", accounts.sign_out, Permission.STRANGER, Mode.OWN),
    Row("GET", "/join", join_views.show_join, Permission.STRANGER),
    Row("POST", "/join", join_views.join, Permission.STRANGER, Mode.OWN, SIGN_INS),
    Row(
        "GET",
        "/join/{invitation}",
        join_views.open_invitation,
        Permission.STRANGER,
        Mode.READ,
        SIGN_INS,
    ),
    Row("GET", "/recover", join_views.show_recover, Permission.STRANGER),
    Row("POST", "/recover", join_views.recover, Permission.STRANGER, Mode.OWN, SIGN_INS),
    Row("GET", "/account", account_views.show_account, Permission.SIGNED_IN),
    Row(
        "POST",
        "/account/passphrase",
        account_views.change_own_passphrase,
        Permission.SIGNED_IN,
        Mode.OWN,
        SIGN_INS,
    ),
    Row(
        "POST",
        "/account/second-factor",
        account_views.change_second_factor,
        Permission.SIGNED_IN,
        Mode.OWN,
        SIGN_INS,
    ),
    Row(
        "POST",
        "/account/recovery-codes",
        account_views.renew_recovery_codes,
        Permission.SIGNED_IN,
        Mode.OWN,
        SIGN_INS,
    ),
    Row(
        "POST",
        "/account/sign-ins",
        account_views.end_own_sign_ins,
        Permission.SIGNED_IN,
        Mode.WRITE,
    ),
    Row("POST", "/account/erase", account_views.erase, Permission.SIGNED_IN, Mode.OWN, SIGN_INS),
    # People: invitations, roles, leaving.
    Row("GET", "/people", people.show_people, ACCOUNTS),
    Row("POST", "/people/invitations", people.make_invitation, ACCOUNTS, Mode.WRITE),
    Row("POST", "/people/invitations/cancel", people.cancel, ACCOUNTS, Mode.WRITE),
    Row("GET", "/people/{account}", people.show_person, ACCOUNTS),
    Row("POST", "/people/{account}/roles", people.give, ACCOUNTS, Mode.WRITE),
    Row("POST", "/people/{account}/roles/end", people.end, ACCOUNTS, Mode.WRITE),
    Row("POST", "/people/{account}/recovery", people.print_recovery, ACCOUNTS, Mode.WRITE),
    Row("POST", "/people/{account}/recovery/cancel", people.cancel_recovery, ACCOUNTS, Mode.WRITE),
    Row("POST", "/people/{account}/leave", people.let_leave, ACCOUNTS, Mode.WRITE),
    # Moderation: reading and making safe.
    Row("GET", "/texts", reading.show_queue, Permission.TEXT_READ),
    Row("POST", "/texts/next", reading.next_text, Permission.TEXT_READ, Mode.WRITE),
    Row("POST", "/texts/break", reading.take_break, Permission.TEXT_READ, Mode.WRITE),
    Row("GET", "/texts/{text}", reading.show_text, Permission.TEXT_READ),
    Row("POST", "/texts/{text}", reading.work_on_text, Permission.TEXT_READ, Mode.OWN),
    # Moderation: second readings, statements, safeguarding, what was set aside.
    Row("GET", "/second", second.show_second, Permission.TEXT_READ),
    Row("POST", "/second", second.take_next, Permission.TEXT_READ, Mode.WRITE),
    Row("GET", "/second/{text}", second.show_second_text, Permission.TEXT_READ),
    Row("POST", "/second/{text}", second.decide_second, Permission.TEXT_READ, Mode.WRITE),
    Row("GET", "/reread", second.show_reread, Permission.TEXT_READ),
    Row("POST", "/reread", second.recode_one, Permission.TEXT_READ, Mode.WRITE),
    Row("GET", "/agreement", second.show_agreement, Permission.TEXT_READ),
    Row("GET", "/statements", statements.show_statements, Permission.TEXT_READ),
    Row("POST", "/statements", statements.send_statement, Permission.TEXT_READ, Mode.WRITE),
    Row("GET", "/statements/about/{topic}", statements.show_topic, Permission.TEXT_READ),
    Row("GET", "/statements/{statement}", statements.show_statement, Permission.TEXT_READ),
    Row(
        "POST",
        "/statements/{statement}",
        statements.decide_statement,
        Permission.TEXT_READ,
        Mode.WRITE,
    ),
    Row("GET", "/safeguarding", safeguarding.show_safeguarding, Permission.TEXT_READ),
    Row(
        "POST",
        "/safeguarding",
        safeguarding.open_case_about,
        Permission.MODERATION_LEAD,
        Mode.WRITE,
    ),
    Row("GET", "/safeguarding/{case}", safeguarding.show_case, Permission.TEXT_READ),
    Row("POST", "/safeguarding/{case}", safeguarding.decide_case, Permission.TEXT_READ, Mode.WRITE),
    Row(
        "GET",
        "/set-aside",
        set_aside.show_set_aside_of(list_frozen_periods),
        Permission.MODERATION_LEAD,
    ),
    Row(
        "POST",
        "/set-aside",
        set_aside.decide_set_aside_of(list_frozen_periods),
        Permission.MODERATION_LEAD,
        Mode.WRITE,
    ),
    # Moderation: the team, its keys and its log.
    Row("GET", "/team", team.show_team, Permission.TEXT_READ),
    Row("POST", "/team/recovery-sheet", team.send_sheet, Permission.TEXT_READ, Mode.OWN),
    Row("POST", "/team/let-in", team.send_let_in, Permission.TEXT_READ, Mode.WRITE),
    Row("POST", "/team/new-key", team.send_new_key, Permission.TEXT_READ, Mode.OWN),
    Row("POST", "/team/profile", team.send_profile, Permission.TEXT_READ, Mode.WRITE),
    Row("POST", "/team/conflicts", team.send_conflicts, Permission.TEXT_READ, Mode.WRITE),
    Row("POST", "/team/supervision", team.send_week, Permission.TEXT_READ, Mode.WRITE),
    Row("GET", "/log", team.show_log, Permission.MODERATION_LEAD),
    Row("GET", "/log/{before}", team.show_log, Permission.MODERATION_LEAD),
    # Posters, cards and forms on paper.
    Row("GET", "/print", outreach.show_services, Permission.PRINT),
    Row("POST", "/print", outreach.show_services, Permission.PRINT),
    Row("GET", "/print/{code}", outreach.show_service, Permission.PRINT),
    Row("GET", "/print/{code}/poster-{language}.pdf", outreach.download_poster, Permission.PRINT),
    Row("GET", "/print/{code}/small-{language}.pdf", outreach.download_small, Permission.PRINT),
    Row("GET", "/print/{code}/form-{language}.pdf", paper.download_form, Permission.PRINT),
    Row("POST", "/print/{code}/cards", outreach.print_cards, Permission.PRINT, Mode.OWN),
    Row(
        "POST",
        "/print/{code}/cards/cancel",
        outreach.cancel_cards,
        Permission.PRINT,
        Mode.WRITE,
    ),
    # Reports.
    Row("GET", "/reports", reports.show_reports, Permission.REPORT_READ),
    Row("GET", "/reports/{publication}", reports.show_report, Permission.REPORT_READ),
    Row(
        "GET",
        "/reports/{publication}/report.{ending}",
        reports.download_report,
        Permission.REPORT_READ,
    ),
    Row("GET", "/words-problem", report_words.show_words_problem, EVERYONE),
    Row(
        "POST",
        "/words-problem",
        report_words.send_words_problem,
        EVERYONE,
        Mode.WRITE,
        NOTICES,
    ),
    Row("GET", "/words-problems", report_words.show_words_problems, Permission.TEXT_READ),
    Row(
        "POST",
        "/words-problems",
        report_words.send_words_problems,
        Permission.TEXT_READ,
        Mode.WRITE,
    ),
    Row(
        "GET",
        "/words-problems/{publication}",
        report_words.show_report_words,
        Permission.TEXT_READ,
    ),
    Row(
        "POST",
        "/words-problems/{publication}",
        report_words.decide_report_words,
        Permission.TEXT_READ,
        Mode.WRITE,
    ),
)

DEMONSTRATION = (
    # Only where everything is invented.
    Row("GET", "/demonstration", demonstration.show_guide, EVERYONE),
    Row(
        "POST",
        "/demonstration/sign-in",
        demonstration.see_it_as,
        Permission.STRANGER,
        Mode.OWN,
    ),
    Row("GET", "/demonstration/components", demonstration.show_components, EVERYONE),
)
