"""What each table holds, in plain words, so that "What we hold" can be made from the schema."""

from dataclasses import dataclass
from enum import StrEnum

from coproduce.core.messages import Message, _


class About(StrEnum):
    """Whom or what a table is about."""

    PEOPLE = "people"
    SERVICES = "services"
    RUNNING = "running"


@dataclass(frozen=True, slots=True)
class Holding:
    """One table in plain words: what it is about, what stands in it, how long."""

    about: About
    what: Message
    how_long: Message


_ALWAYS = _("As long as this service runs.")

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
    "frozen_period": Holding(About.RUNNING, _("Which quarters are closed."), _ALWAYS),
    "freeze_notice": Holding(About.RUNNING, _("That a quarter is about to close."), _("Days.")),
    "job_run": Holding(About.RUNNING, _("When a regular task ran and how it went."), _ALWAYS),
    "job_request": Holding(About.RUNNING, _("That staff asked for a task to run."), _("Days.")),
}
"""Every table of the database; a guard fails when one is missing."""
