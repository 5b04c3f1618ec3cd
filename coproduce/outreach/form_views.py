"""The form on paper, as a file that staff print."""

from sqlalchemy.orm import Session

from coproduce.core.actor import reach_of
from coproduce.core.permissions import Permission
from coproduce.feedback.framework import load_framework
from coproduce.outreach.printed_form import PaperForm, render_form
from coproduce.outreach.printed_languages import get_printed_language
from coproduce.outreach.queries import get_print_landing
from coproduce.web.parsed_request import ParsedRequest
from coproduce.web.replies import Download, Reply


def download_form(db: Session, asked: ParsedRequest) -> Reply:
    """Send the form of a service or an area, in one language."""
    reach = reach_of(asked.actor.grants, Permission.PRINT)
    landing = get_print_landing(db, reach, asked.path["code"])
    chosen, today = get_printed_language(asked.site.languages, asked.path["language"]), asked.today
    form = PaperForm(
        framework=load_framework(),
        code=landing.code,
        name=landing.name,
        is_service=landing.service_id is not None,
        deployment=asked.site.deployment,
        public_url=asked.site.public_url,
    )
    return Download(
        filename=f"form-{landing.code}-{chosen.code}.pdf",
        media_type="application/pdf",
        make=lambda: render_form(form, chosen.render, chosen.tag, today),
    )
