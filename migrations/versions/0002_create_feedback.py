"""Create the tables of what people send."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create the tables of what people send."""
    op.create_table(
        "inbox",
        sa.Column("form_tag", sa.LargeBinary(), nullable=False),
        sa.Column("code_tag", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_nonce", sa.LargeBinary(), nullable=False),
        sa.Column("received_day", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("service_id", sa.LargeBinary(), nullable=True),
        sa.Column("area_id", sa.LargeBinary(), nullable=True),
        sa.Column("framework", sa.Text(), nullable=False),
        sa.Column("answers", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("screen", sa.Text(), nullable=False),
        sa.Column("text_box", sa.LargeBinary(), nullable=True),
        sa.Column("consent", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("flags", sa.Text(), nullable=False),
        sa.Column("is_text_settled", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(service_id IS NULL) <> (area_id IS NULL)", name=op.f("ck_inbox_one_subject")
        ),
        sa.PrimaryKeyConstraint("form_tag", name=op.f("pk_inbox")),
        sqlite_with_rowid=False,
        sqlite_strict=True,
    )
    op.create_index("ix_inbox_code_tag", "inbox", ["code_tag"], unique=True)
    op.create_table(
        "used_form",
        sa.Column("form_tag", sa.LargeBinary(), nullable=False),
        sa.Column("body_tag", sa.LargeBinary(), nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("form_tag", name=op.f("pk_used_form")),
        sqlite_with_rowid=False,
        sqlite_strict=True,
    )
    op.create_table(
        "response",
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("service_id", sa.LargeBinary(), nullable=True),
        sa.Column("area_id", sa.LargeBinary(), nullable=True),
        sa.Column("framework", sa.Text(), nullable=False),
        sa.Column("answers", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("screen", sa.Text(), nullable=False),
        sa.Column("fast_atom_id", sa.LargeBinary(), nullable=True),
        sa.Column("slow_atom_id", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(
            "(service_id IS NULL) <> (area_id IS NULL)", name=op.f("ck_response_one_subject")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_response")),
        sqlite_with_rowid=False,
        sqlite_strict=True,
    )
    op.create_index("ix_response_slow_atom_id", "response", ["slow_atom_id"])
    op.create_index("ix_response_service_id", "response", ["service_id"])
    op.create_index("ix_response_fast_atom_id", "response", ["fast_atom_id"])
    op.create_table(
        "sealed_text",
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("waiting_since", sa.Text(), nullable=False),
        sa.Column("service_id", sa.LargeBinary(), nullable=True),
        sa.Column("area_id", sa.LargeBinary(), nullable=True),
        sa.Column("box", sa.LargeBinary(), nullable=False),
        sa.Column("consent", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("flags", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(service_id IS NULL) <> (area_id IS NULL)", name=op.f("ck_sealed_text_one_subject")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sealed_text")),
        sqlite_with_rowid=False,
        sqlite_strict=True,
    )
    op.create_table(
        "receipt",
        sa.Column("tag", sa.LargeBinary(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("pointer", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("tag", name=op.f("pk_receipt")),
        sqlite_with_rowid=False,
        sqlite_strict=True,
    )
    op.create_table(
        "fate",
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fate")),
        sqlite_with_rowid=False,
        sqlite_strict=True,
    )
    op.create_table(
        "imported_row",
        sa.Column("tag", sa.LargeBinary(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("tag", name=op.f("pk_imported_row")),
        sqlite_with_rowid=False,
        sqlite_strict=True,
    )


def downgrade() -> None:
    """Drop them again, with what they hold."""
    op.drop_table("imported_row")
    op.drop_table("fate")
    op.drop_table("receipt")
    op.drop_table("sealed_text")
    op.drop_table("response")
    op.drop_table("used_form")
    op.drop_table("inbox")
