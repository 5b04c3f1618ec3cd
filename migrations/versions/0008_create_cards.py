"""Create the tables of invitation cards."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "card_batch",
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("service_id", sa.LargeBinary(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("made_on", sa.Text(), nullable=False),
        sa.Column("good_until", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_card_batch")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_card_batch_service_id", "card_batch", ["service_id"])
    op.create_table(
        "card",
        sa.Column("tag", sa.LargeBinary(), nullable=False),
        sa.Column("batch_id", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"],
            ["card_batch.id"],
            name=op.f("fk_card_batch_id_card_batch"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tag", name=op.f("pk_card")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_card_batch_id", "card", ["batch_id"])
    op.create_table(
        "unused_card",
        sa.Column("tag", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tag"], ["card.tag"], name=op.f("fk_unused_card_tag_card"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tag", name=op.f("pk_unused_card")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Drop the tables again."""
    op.drop_table("unused_card")
    op.drop_table("card")
    op.drop_table("card_batch")
