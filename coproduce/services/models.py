"""Tables of the directory. Nothing here is about a person; named staff are never stored."""

from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from coproduce.core.column_types import Flag, Id, TextEnum
from coproduce.core.db import PLAIN_TABLE, Base


class AreaLevel(StrEnum):
    """How large an area is, smallest first."""

    TOWN = "town"
    COUNTY = "county"
    REGION = "region"
    NATION = "nation"


class ServiceStatus(StrEnum):
    """Whether a service still takes feedback (Open Referral `status`)."""

    ACTIVE = "active"
    CLOSED = "closed"


class CodeState(StrEnum):
    """What a landing code does when it is typed."""

    OPEN = "open"
    REPLACED = "replaced"
    CLOSED = "closed"


class Area(Base):
    """A place, inside a larger one. The largest has no parent."""

    __tablename__ = "area"
    __table_args__ = (UniqueConstraint("parent_id", "level", "name"), PLAIN_TABLE)

    id: Mapped[bytes] = mapped_column(Id, primary_key=True)
    parent_id: Mapped[bytes | None] = mapped_column(Id, ForeignKey("area.id"))
    level: Mapped[AreaLevel] = mapped_column(TextEnum(AreaLevel))
    name: Mapped[str] = mapped_column(Text)


class Provider(Base):
    """An organisation that runs services (HSDS `organization`)."""

    __tablename__ = "provider"
    __table_args__ = PLAIN_TABLE

    id: Mapped[bytes] = mapped_column(Id, primary_key=True)
    source_id: Mapped[str] = mapped_column(Text, unique=True)
    name: Mapped[str] = mapped_column(Text)


class Service(Base):
    """Something people use. It lives on when another provider takes it over."""

    __tablename__ = "service"
    __table_args__ = (Index("ix_service_area_id", "area_id"), PLAIN_TABLE)

    id: Mapped[bytes] = mapped_column(Id, primary_key=True)
    source_id: Mapped[str] = mapped_column(Text, unique=True)
    provider_id: Mapped[bytes] = mapped_column(Id, ForeignKey("provider.id"))
    area_id: Mapped[bytes] = mapped_column(Id, ForeignKey("area.id"))
    name: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text, default="")
    kind: Mapped[str] = mapped_column(Text, default="")
    opening: Mapped[str] = mapped_column(Text, default="")
    website: Mapped[str] = mapped_column(Text, default="")
    is_listed: Mapped[bool] = mapped_column(Flag, default=True)
    status: Mapped[ServiceStatus] = mapped_column(
        TextEnum(ServiceStatus), default=ServiceStatus.ACTIVE
    )


class ServiceName(Base):
    """Another name people use for a service ("also called")."""

    __tablename__ = "service_name"
    __table_args__ = PLAIN_TABLE

    service_id: Mapped[bytes] = mapped_column(Id, ForeignKey("service.id"), primary_key=True)
    name: Mapped[str] = mapped_column(Text, primary_key=True)


class PastProvider(Base):
    """Who ran the service before, up to and including a quarter ("previously run by")."""

    __tablename__ = "past_provider"
    __table_args__ = PLAIN_TABLE

    service_id: Mapped[bytes] = mapped_column(Id, ForeignKey("service.id"), primary_key=True)
    until_period: Mapped[str] = mapped_column(Text, primary_key=True)
    provider_id: Mapped[bytes] = mapped_column(Id, ForeignKey("provider.id"))


class LandingCode(Base):
    """Six characters on a poster that open the form of one service or of one area."""

    __tablename__ = "landing_code"
    __table_args__ = (
        CheckConstraint("(service_id IS NULL) <> (area_id IS NULL)", name="one_subject"),
        Index("ix_landing_code_service_id", "service_id"),
        Index("ix_landing_code_area_id", "area_id"),
        PLAIN_TABLE,
    )

    code: Mapped[str] = mapped_column(Text, primary_key=True)
    service_id: Mapped[bytes | None] = mapped_column(Id, ForeignKey("service.id"))
    area_id: Mapped[bytes | None] = mapped_column(Id, ForeignKey("area.id"))
    state: Mapped[CodeState] = mapped_column(TextEnum(CodeState), default=CodeState.OPEN)
