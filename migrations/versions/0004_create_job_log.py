"""Create the tables through which jobs are asked for."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Create the tables through which jobs are asked for."""
    op.create_table(
        "job_run",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("ran_at", sa.Text(), nullable=False),
        sa.Column("went_well", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_job_run")),
        sqlite_strict=True,
    )
    op.create_table(
        "job_request",
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("on_day", sa.Text(), nullable=True),
        sa.Column("went_well", sa.Integer(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_request")),
        sqlite_strict=True,
    )


def downgrade() -> None:
    """Drop them again, with what they hold."""
    op.drop_table("job_request")
    op.drop_table("job_run")
