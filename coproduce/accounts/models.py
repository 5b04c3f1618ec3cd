"""Tables of accounts. A pseudonym and what opens it; no name, address, e-mail or exact time."""

from datetime import date
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from coproduce.core.column_types import Day, Flag, Id, TextEnum
from coproduce.core.db import PARTICIPANT_TABLE, Base
from coproduce.core.permissions import Role, Scope

_SCOPE_HAS_ID = "(scope = 'everywhere') = (scope_id IS NULL)"
_OWNER = "account.id"


class Account(Base):
    """Somebody who signs in. The passphrase is right if it opens the private key.

    ``salt`` and ``cost`` turn the passphrase into the key of ``locked_private_key``. The secret of
    the second factor is locked with a key of the server. ``last_code_tag`` recognises the code
    that was used last, so that nobody can use it again.
    """

    __tablename__ = "account"
    __table_args__ = (UniqueConstraint("pseudonym"), PARTICIPANT_TABLE)

    id: Mapped[bytes] = mapped_column(Id, primary_key=True)
    pseudonym: Mapped[str] = mapped_column(Text)
    salt: Mapped[bytes] = mapped_column(LargeBinary)
    cost: Mapped[str] = mapped_column(Text)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    locked_private_key: Mapped[bytes] = mapped_column(LargeBinary)
    locked_second_factor: Mapped[bytes | None] = mapped_column(LargeBinary)
    last_code_tag: Mapped[bytes | None] = mapped_column(LargeBinary)


class RecoveryCode(Base):
    """A printed code that stands in for the second factor, once."""

    __tablename__ = "recovery_code"
    __table_args__ = (Index("ix_recovery_code_account_id", "account_id"), PARTICIPANT_TABLE)

    tag: Mapped[bytes] = mapped_column(Id, primary_key=True)
    account_id: Mapped[bytes] = mapped_column(Id, ForeignKey(_OWNER, ondelete="CASCADE"))


class RoleGrant(Base):
    """A role of an account, from a day on, until a day or until it is ended."""

    __tablename__ = "role_grant"
    __table_args__ = (
        CheckConstraint(_SCOPE_HAS_ID, name="scope_has_id"),
        Index("ix_role_grant_account_id", "account_id"),
        PARTICIPANT_TABLE,
    )

    id: Mapped[bytes] = mapped_column(Id, primary_key=True)
    account_id: Mapped[bytes] = mapped_column(Id, ForeignKey(_OWNER, ondelete="CASCADE"))
    role: Mapped[Role] = mapped_column(TextEnum(Role))
    scope: Mapped[Scope] = mapped_column(TextEnum(Scope))
    scope_id: Mapped[bytes | None] = mapped_column(Id)
    starts_on: Mapped[date] = mapped_column(Day)
    last_day: Mapped[date | None] = mapped_column(Day)


class InvitationKind(StrEnum):
    """What a printed one-time code is for."""

    JOIN = "join"
    RECOVER = "recover"


class InvitationState(StrEnum):
    """Whether a printed code still works before its last day."""

    OPEN = "open"
    SPENT = "spent"
    """Used or cancelled. It stays known until its last day, so that nothing wakes it."""


class Invitation(Base):
    """A printed code that works once: to join with a role, or to get back into an account."""

    __tablename__ = "invitation"
    __table_args__ = (
        CheckConstraint("(kind = 'join') = (account_id IS NULL)", name="join_or_account"),
        CheckConstraint("(kind = 'join') = (role IS NOT NULL)", name="join_has_role"),
        PARTICIPANT_TABLE,
    )

    tag: Mapped[bytes] = mapped_column(Id, primary_key=True)
    kind: Mapped[InvitationKind] = mapped_column(TextEnum(InvitationKind))
    valid_until: Mapped[date] = mapped_column(Day)
    role: Mapped[Role | None] = mapped_column(TextEnum(Role))
    scope: Mapped[Scope] = mapped_column(TextEnum(Scope))
    scope_id: Mapped[bytes | None] = mapped_column(Id)
    last_day: Mapped[date | None] = mapped_column(Day)
    account_id: Mapped[bytes | None] = mapped_column(Id, ForeignKey(_OWNER, ondelete="CASCADE"))
    renews_second_factor: Mapped[bool] = mapped_column(Flag, default=False)
    state: Mapped[InvitationState] = mapped_column(
        TextEnum(InvitationState), default=InvitationState.OPEN
    )


class Stage(StrEnum):
    """How far somebody has come in signing in."""

    SECOND_STEP = "second_step"
    SIGNED_IN = "signed_in"


class SignIn(Base):
    """A sign-in that is under way. When it was last used stands in its cookie, never here.

    ``locked_private_key`` is the account's own key, locked with the token that only the cookie
    holds: the database alone opens nothing. Left out of backups.
    """

    __tablename__ = "sign_in"
    __table_args__ = (Index("ix_sign_in_account_id", "account_id"), PARTICIPANT_TABLE)

    tag: Mapped[bytes] = mapped_column(Id, primary_key=True)
    account_id: Mapped[bytes] = mapped_column(Id, ForeignKey(_OWNER, ondelete="CASCADE"))
    stage: Mapped[Stage] = mapped_column(TextEnum(Stage))
    locked_private_key: Mapped[bytes] = mapped_column(LargeBinary)
    last_day: Mapped[date] = mapped_column(Day)
