"""Create the tables of words that were made safe, and of those who read."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Create the tables of words that were made safe, and of those who read."""
    op.add_column(
        "sealed_text", sa.Column("source", sa.Text(), nullable=False, server_default="open")
    )
    op.add_column(
        "sealed_text", sa.Column("is_urgent", sa.Integer(), nullable=False, server_default="0")
    )
    op.create_index(
        "ix_sealed_text_is_urgent_language_id", "sealed_text", ["is_urgent", "language", "id"]
    )
    op.create_index("ix_sealed_text_waiting_since", "sealed_text", ["waiting_since"])
    for column in ("reason", "signpost", "shown_from"):
        op.add_column("fate", sa.Column(column, sa.Text(), nullable=True))
    op.create_table(
        "reading_key",
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("recovery_box", sa.LargeBinary(), nullable=False),
        sa.Column("since", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reading_key")),
        sa.UniqueConstraint("since", name=op.f("uq_reading_key_since")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "moderated_text",
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("service_id", sa.LargeBinary(), nullable=True),
        sa.Column("area_id", sa.LargeBinary(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("consent", sa.Text(), nullable=False),
        sa.Column("use", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("seriousness", sa.Integer(), nullable=False),
        sa.Column("matters_to_few", sa.Integer(), nullable=False),
        sa.Column("codebook", sa.Text(), nullable=False),
        sa.Column("signpost", sa.Text(), nullable=True),
        sa.Column("shown_from", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(service_id IS NULL) <> (area_id IS NULL)", name=op.f("ck_moderated_text_one_subject")
        ),
        sa.CheckConstraint(
            "seriousness BETWEEN 0 AND 4", name=op.f("ck_moderated_text_seriousness")
        ),
        sa.CheckConstraint(
            "(use = 'themes') = (words IS NULL)", name=op.f("ck_moderated_text_words_or_themes")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_moderated_text")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_moderated_text_area_id", "moderated_text", ["area_id"])
    op.create_index("ix_moderated_text_service_id", "moderated_text", ["service_id"])
    op.create_index("ix_moderated_text_state", "moderated_text", ["state"])
    op.create_table(
        "coding",
        sa.Column("text_id", sa.LargeBinary(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["text_id"],
            ["moderated_text.id"],
            name=op.f("fk_coding_text_id_moderated_text"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("text_id", "code", name=op.f("pk_coding")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_coding_code", "coding", ["code"])
    op.create_table(
        "statement",
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("service_id", sa.LargeBinary(), nullable=True),
        sa.Column("area_id", sa.LargeBinary(), nullable=True),
        sa.Column("family", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(service_id IS NULL) <> (area_id IS NULL)", name=op.f("ck_statement_one_subject")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statement")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_statement_service_id", "statement", ["service_id"])
    op.create_table(
        "statement_source",
        sa.Column("statement_id", sa.LargeBinary(), nullable=False),
        sa.Column("text_id", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["statement_id"],
            ["statement.id"],
            name=op.f("fk_statement_source_statement_id_statement"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["text_id"],
            ["moderated_text.id"],
            name=op.f("fk_statement_source_text_id_moderated_text"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("statement_id", "text_id", name=op.f("pk_statement_source")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_statement_source_text_id", "statement_source", ["text_id"])
    op.create_table(
        "panel_idea",
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("batch", sa.Text(), nullable=True),
        sa.Column("area_id", sa.LargeBinary(), nullable=False),
        sa.Column("service_kind", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("must_be_answered", sa.Integer(), nullable=False),
        sa.Column("text_id", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["text_id"],
            ["moderated_text.id"],
            name=op.f("fk_panel_idea_text_id_moderated_text"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_panel_idea")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_panel_idea_batch", "panel_idea", ["batch"])
    op.create_index("ix_panel_idea_text_id", "panel_idea", ["text_id"])
    op.create_table(
        "incident",
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("period", "kind", name=op.f("pk_incident")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "key_share",
        sa.Column("account_id", sa.LargeBinary(), nullable=False),
        sa.Column("reading_key_id", sa.LargeBinary(), nullable=False),
        sa.Column("box", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_to", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_key_share_account_id_account"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["reading_key_id"],
            ["reading_key.id"],
            name=op.f("fk_key_share_reading_key_id_reading_key"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("account_id", "reading_key_id", name=op.f("pk_key_share")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "moderator_profile",
        sa.Column("account_id", sa.LargeBinary(), nullable=False),
        sa.Column("languages", sa.Text(), nullable=False),
        sa.Column("declined", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_moderator_profile_account_id_account"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_moderator_profile")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "conflict_of_interest",
        sa.Column("account_id", sa.LargeBinary(), nullable=False),
        sa.Column("service_id", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_conflict_of_interest_account_id_account"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("account_id", "service_id", name=op.f("pk_conflict_of_interest")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "assignment",
        sa.Column("text_id", sa.LargeBinary(), nullable=False),
        sa.Column("account_id", sa.LargeBinary(), nullable=False),
        sa.Column("task", sa.Text(), nullable=False),
        sa.Column("given_on", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_assignment_account_id_account"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("text_id", name=op.f("pk_assignment")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_assignment_account_id", "assignment", ["account_id"])
    op.create_table(
        "passed_on",
        sa.Column("text_id", sa.LargeBinary(), nullable=False),
        sa.Column("account_id", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_passed_on_account_id_account"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("text_id", "account_id", name=op.f("pk_passed_on")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "first_reading",
        sa.Column("text_id", sa.LargeBinary(), nullable=False),
        sa.Column("account_id", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_first_reading_account_id_account"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["text_id"],
            ["moderated_text.id"],
            name=op.f("fk_first_reading_text_id_moderated_text"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("text_id", name=op.f("pk_first_reading")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "coding_sample",
        sa.Column("text_id", sa.LargeBinary(), nullable=False),
        sa.Column("account_id", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_coding_sample_account_id_account"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["text_id"],
            ["moderated_text.id"],
            name=op.f("fk_coding_sample_text_id_moderated_text"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("text_id", name=op.f("pk_coding_sample")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "coding_agreement",
        sa.Column("codebook", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("both", sa.Integer(), nullable=False),
        sa.Column("one", sa.Integer(), nullable=False),
        sa.Column("neither", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("codebook", "code", name=op.f("pk_coding_agreement")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "statement_author",
        sa.Column("statement_id", sa.LargeBinary(), nullable=False),
        sa.Column("account_id", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_statement_author_account_id_account"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["statement_id"],
            ["statement.id"],
            name=op.f("fk_statement_author_statement_id_statement"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("statement_id", name=op.f("pk_statement_author")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "shift",
        sa.Column("account_id", sa.LargeBinary(), nullable=False),
        sa.Column("began_at", sa.Text(), nullable=False),
        sa.Column("items", sa.Integer(), nullable=False),
        sa.Column("break_until", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_shift_account_id_account"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_shift")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "supervision_note",
        sa.Column("account_id", sa.LargeBinary(), nullable=False),
        sa.Column("week", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_supervision_note_account_id_account"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("account_id", "week", name=op.f("pk_supervision_note")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "safeguarding_case",
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("opened_by", sa.LargeBinary(), nullable=False),
        sa.Column("second", sa.LargeBinary(), nullable=True),
        sa.Column("proposed_by", sa.LargeBinary(), nullable=True),
        sa.Column("recipient", sa.Text(), nullable=True),
        sa.Column("box", sa.LargeBinary(), nullable=True),
        sa.Column("due_on", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_safeguarding_case")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Drop them again, with what they hold."""
    op.drop_table("safeguarding_case")
    op.drop_table("supervision_note")
    op.drop_table("shift")
    op.drop_table("statement_author")
    op.drop_table("coding_agreement")
    op.drop_table("coding_sample")
    op.drop_table("first_reading")
    op.drop_table("passed_on")
    op.drop_table("assignment")
    op.drop_table("conflict_of_interest")
    op.drop_table("moderator_profile")
    op.drop_table("key_share")
    op.drop_table("incident")
    op.drop_table("panel_idea")
    op.drop_table("statement_source")
    op.drop_table("statement")
    op.drop_table("coding")
    op.drop_table("moderated_text")
    op.drop_table("reading_key")
    for column in ("shown_from", "signpost", "reason"):
        op.drop_column("fate", column)
    op.drop_index("ix_sealed_text_waiting_since", "sealed_text")
    op.drop_index("ix_sealed_text_is_urgent_language_id", "sealed_text")
    op.drop_column("sealed_text", "is_urgent")
    op.drop_column("sealed_text", "source")
