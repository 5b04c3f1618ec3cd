"""Create the tables of what is published."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Create the tables of what is published."""
    op.create_table(
        "publication",
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.LargeBinary(), nullable=False),
        sa.Column("edition", sa.Text(), nullable=False),
        sa.Column("published_on", sa.Text(), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_publication")),
        sa.UniqueConstraint("sha256", name=op.f("uq_publication_sha256")),
        sa.UniqueConstraint(
            "subject_kind",
            "subject",
            "edition",
            name=op.f("uq_publication_subject_kind_subject_edition"),
        ),
        sqlite_strict=True,
    )
    op.create_index("ix_publication_edition", "publication", ["edition"])
    op.create_table(
        "atom",
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("publication_id", sa.LargeBinary(), nullable=False),
        sa.Column("clock", sa.Text(), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.LargeBinary(), nullable=False),
        sa.Column("edition", sa.Text(), nullable=False),
        sa.Column("closed_on", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_atom")),
        sqlite_strict=True,
    )
    op.create_table(
        "frozen_period",
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("frozen_on", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("period", name=op.f("pk_frozen_period")),
        sqlite_strict=True,
    )
    op.create_table(
        "freeze_notice",
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("period", name=op.f("pk_freeze_notice")),
        sqlite_strict=True,
    )


def downgrade() -> None:
    """Drop them again, with what they hold."""
    op.drop_table("freeze_notice")
    op.drop_table("frozen_period")
    op.drop_table("atom")
    op.drop_table("publication")
