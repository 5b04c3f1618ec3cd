"""The empty page for a service that is not in the directory."""

from sqlalchemy.orm import Session

from coproduce.feedback.missing import missing_page, pick_area
from coproduce.feedback.queries import get_reading_state
from coproduce.feedback.token_step import fresh_token
from coproduce.web.parsed_request import ParsedRequest
from coproduce.web.replies import Reply


def show_missing(db: Session, asked: ParsedRequest) -> Reply:
    """Show an empty form: what people call it, where it is, and what they want to say."""
    reading = get_reading_state(db, asked.today)
    return missing_page(asked, pick_area(db, {}), reading, [], fresh_token(asked))
