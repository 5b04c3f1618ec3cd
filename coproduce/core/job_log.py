"""Tables through which jobs are asked for and tell how they went. Days and counts, no content."""

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from coproduce.core.column_types import Flag, Id
from coproduce.core.db import PLAIN_TABLE, Base


class JobRun(Base):
    """How the newest run of a job went. Shown to administrators and by `coproduce check`."""

    __tablename__ = "job_run"
    __table_args__ = PLAIN_TABLE

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    ran_at: Mapped[str] = mapped_column(Text)
    went_well: Mapped[bool] = mapped_column(Flag)
    outcome: Mapped[str] = mapped_column(Text)


class JobRequest(Base):
    """A job that the command line asks a running server to do, and its answer."""

    __tablename__ = "job_request"
    __table_args__ = PLAIN_TABLE

    id: Mapped[bytes] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    on_day: Mapped[str | None] = mapped_column(Text)
    went_well: Mapped[bool | None] = mapped_column(Flag)
    outcome: Mapped[str | None] = mapped_column(Text)
