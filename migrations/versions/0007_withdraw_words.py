"""Let publications be made again without some words, and keep notices about such words."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

OLD = "uq_publication_subject_kind_subject_edition"
NEW = "uq_publication_subject_kind_subject_edition_revision"


def upgrade() -> None:
    """Count the revisions of a publication; create the tables of notices and withdrawals."""
    with op.batch_alter_table("publication", table_kwargs={"sqlite_strict": True}) as table:
        table.add_column(sa.Column("revision", sa.Integer(), nullable=False, server_default="0"))
        table.drop_constraint(op.f(OLD), type_="unique")
        table.create_unique_constraint(
            op.f(NEW), ["subject_kind", "subject", "edition", "revision"]
        )
    op.create_index(
        "ix_publication_state", "publication", ["state", "subject_kind", "subject", "edition"]
    )
    op.create_table(
        "words_notice",
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("since", sa.Text(), nullable=False),
        sa.Column("box", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_words_notice")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "words_withdrawal",
        sa.Column("words_tag", sa.LargeBinary(), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.LargeBinary(), nullable=False),
        sa.Column("asked_by", sa.LargeBinary(), nullable=False),
        sa.Column("asked_on", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("words_tag", name=op.f("pk_words_withdrawal")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Drop the tables again; of a publication only the newest revision stays."""
    op.drop_table("words_withdrawal")
    op.drop_table("words_notice")
    op.drop_index("ix_publication_state", "publication")
    op.execute(
        "DELETE FROM publication WHERE state = 'withdrawn' AND revision < "
        "(SELECT max(p.revision) FROM publication p WHERE "
        "p.subject_kind = publication.subject_kind AND p.subject = publication.subject "
        "AND p.edition = publication.edition)"
    )
    with op.batch_alter_table("publication", table_kwargs={"sqlite_strict": True}) as table:
        table.drop_constraint(op.f(NEW), type_="unique")
        table.drop_column("revision")
        table.create_unique_constraint(op.f(OLD), ["subject_kind", "subject", "edition"])
