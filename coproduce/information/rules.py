"""What each table holds, in plain words, so that "What we hold" can be made from the schema."""

from dataclasses import dataclass
from enum import StrEnum

from coproduce.core.messages import Message, _


class About(StrEnum):
    """Whom or what a table is about."""

    PEOPLE = "people"
    ACCOUNTS = "accounts"
    """People who sign in: moderators, panel members, staff."""

    SERVICES = "services"
    RUNNING = "running"


@dataclass(frozen=True, slots=True)
class Holding:
    """One table in plain words: what it is about, what stands in it, how long."""

    about: About
    what: Message
    how_long: Message


_ALWAYS = _("As long as this service runs.")
_AS_THE_ACCOUNT = _("Until the account is erased.")
_AS_THE_WORDS = _("Until the safe words it belongs to go.")
_UNTIL_DECIDED = _("Until it is decided.")

HOLDINGS = {
    "inbox": Holding(
        About.PEOPLE,
        _("Answers that just came, with the day. Words are sealed. It waits to be mixed."),
        _("Hours, at most until the quarter ends."),
    ),
    "used_form": Holding(
        About.PEOPLE,
        _("A mark that a form was sent, so that sending twice counts once. It shows no answer."),
        _("3 days."),
    ),
    "response": Holding(
        About.PEOPLE,
        _("Answers without words, with the quarter of the year. No name, phone or address."),
        _("90 days after they are counted, at most 16 months."),
    ),
    "sealed_text": Holding(
        About.PEOPLE,
        _("Words that wait to be read, sealed. Only a moderator’s key opens them."),
        _("Until they are read, at most 60 days."),
    ),
    "moderated_text": Holding(
        About.PEOPLE,
        _("What a moderator made of words: themes, and safe words if the writer allowed it."),
        _("Until a report has used it."),
    ),
    "coding": Holding(About.PEOPLE, _("Which themes a text has."), _AS_THE_WORDS),
    "statement": Holding(
        About.PEOPLE,
        _("A sentence that a moderator made from three texts or more. Nobody’s own words."),
        _("Until a report has used it."),
    ),
    "statement_source": Holding(
        About.PEOPLE, _("Which texts went into such a sentence."), _AS_THE_WORDS
    ),
    "panel_idea": Holding(
        About.PEOPLE,
        _("An idea for a panel, in a moderator’s words. No name of a service, no numbers."),
        _("Until the panel has worked on it."),
    ),
    "safeguarding_case": Holding(
        About.PEOPLE,
        _("That someone may be in danger. Safe words about it are sealed."),
        _("The words: until the case is closed. That there was a case: as the log."),
    ),
    "receipt": Holding(
        About.PEOPLE,
        _("What a code of 16 numbers opens, locked. Without the code nobody can open it."),
        _("30 months."),
    ),
    "fate": Holding(
        About.PEOPLE,
        _("What became of something that is deleted: used, taken back or too old."),
        _("30 months."),
    ),
    "imported_row": Holding(
        About.PEOPLE,
        _("A mark that a row of a paper form was brought in. It shows no answer."),
        _("30 months."),
    ),
    "card_batch": Holding(
        About.SERVICES,
        _("How many cards were printed for a service, and who hands them out."),
        _("Until the cards run out, at most a year."),
    ),
    "card": Holding(
        About.PEOPLE,
        _("Marks of invitation cards, used or not. They do not show who got which card."),
        _("Until the cards run out, at most a year."),
    ),
    "unused_card": Holding(
        About.PEOPLE,
        _("Marks of invitation cards that nobody has used yet. A used one leaves nothing here."),
        _("Until it is used, at most a year."),
    ),
    "screen_flag": Holding(
        About.SERVICES,
        _("That the answers to a service looked odd in a quarter, and what a person decided."),
        _("16 months."),
    ),
    "account": Holding(
        About.ACCOUNTS,
        _("People who sign in: a made-up name and locked keys. No name, e-mail or phone."),
        _AS_THE_ACCOUNT,
    ),
    "recovery_code": Holding(
        About.ACCOUNTS, _("Marks of printed codes for getting back in."), _AS_THE_ACCOUNT
    ),
    "role_grant": Holding(
        About.ACCOUNTS, _("Who may do what, from which day to which."), _AS_THE_ACCOUNT
    ),
    "invitation": Holding(
        About.ACCOUNTS,
        _("Marks of printed codes to join with, and the role they give."),
        _("Until their last day, at most 14 days. Never in a copy."),
    ),
    "sign_in": Holding(
        About.ACCOUNTS, _("That somebody is signed in, without a time."), _("At most two days.")
    ),
    "key_share": Holding(
        About.ACCOUNTS,
        _("Which moderators can open words, and their locked keys."),
        _AS_THE_ACCOUNT,
    ),
    "moderator_profile": Holding(
        About.ACCOUNTS,
        _("Which languages a moderator reads, and what they do not want to read."),
        _AS_THE_ACCOUNT,
    ),
    "conflict_of_interest": Holding(
        About.ACCOUNTS, _("Which services a moderator must not read about."), _AS_THE_ACCOUNT
    ),
    "assignment": Holding(About.ACCOUNTS, _("Which moderator has which text now."), _UNTIL_DECIDED),
    "passed_on": Holding(
        About.ACCOUNTS, _("That a moderator passed a text on. Nobody asks why."), _UNTIL_DECIDED
    ),
    "first_reading": Holding(
        About.ACCOUNTS,
        _("Who read a text first, so that another person reads it next."),
        _UNTIL_DECIDED,
    ),
    "coding_sample": Holding(
        About.ACCOUNTS, _("Who finds the themes of a text a second time."), _UNTIL_DECIDED
    ),
    "statement_author": Holding(
        About.ACCOUNTS,
        _("Who made a sentence out of many texts, so that someone else checks it."),
        _UNTIL_DECIDED,
    ),
    "shift": Holding(
        About.ACCOUNTS,
        _("Since when a moderator reads or rests, so that nobody reads for too long."),
        _("Until the next stretch of reading. Never in a copy."),
    ),
    "supervision_note": Holding(
        About.ACCOUNTS,
        _("How a moderator felt in a week, in fixed words."),
        _AS_THE_ACCOUNT,
    ),
    "log_entry": Holding(
        About.ACCOUNTS,
        _("What people who sign in did, by day. Never a word of a text."),
        _ALWAYS,
    ),
    "area": Holding(About.SERVICES, _("Names of places."), _ALWAYS),
    "provider": Holding(About.SERVICES, _("Names of organisations."), _ALWAYS),
    "service": Holding(About.SERVICES, _("Services: name, kind, place, opening times."), _ALWAYS),
    "service_name": Holding(About.SERVICES, _("Other names for services."), _ALWAYS),
    "past_provider": Holding(About.SERVICES, _("Who ran a service before."), _ALWAYS),
    "landing_code": Holding(About.SERVICES, _("Codes on posters."), _ALWAYS),
    "publication": Holding(
        About.SERVICES,
        _("Reports that are out. Their numbers are changed a little and rounded."),
        _ALWAYS,
    ),
    "atom": Holding(About.SERVICES, _("That a group of answers was counted, once."), _ALWAYS),
    "words_notice": Holding(
        About.PEOPLE,
        _("That words in a report may tell who someone is. What was said is locked."),
        _("30 days."),
    ),
    "words_withdrawal": Holding(
        About.ACCOUNTS,
        _("Who asked to take words out of a report, so that another person decides."),
        _UNTIL_DECIDED,
    ),
    "frozen_period": Holding(About.RUNNING, _("Which quarters are closed."), _ALWAYS),
    "freeze_notice": Holding(About.RUNNING, _("That a quarter is about to close."), _("Days.")),
    "reading_key": Holding(
        About.RUNNING,
        _("Keys that seal words. What opens them is locked for each moderator."),
        _("As long as words wait that were sealed to it."),
    ),
    "coding_agreement": Holding(
        About.RUNNING, _("How often two moderators found the same themes."), _ALWAYS
    ),
    "incident": Holding(
        About.RUNNING, _("That something went wrong in a quarter. Said in public."), _ALWAYS
    ),
    "job_run": Holding(About.RUNNING, _("When a regular task ran and how it went."), _ALWAYS),
    "job_request": Holding(About.RUNNING, _("That staff asked for a task to run."), _("Days.")),
}
"""Every table of the database; a guard fails when one is missing."""
