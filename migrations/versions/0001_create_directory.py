"""Create the tables of the directory."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the tables of the directory."""
    op.create_table(
        "area",
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("parent_id", sa.LargeBinary(), nullable=True),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["parent_id"], ["area.id"], name=op.f("fk_area_parent_id_area")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_area")),
        sa.UniqueConstraint(
            "parent_id", "level", "name", name=op.f("uq_area_parent_id_level_name")
        ),
        sqlite_strict=True,
    )
    op.create_table(
        "provider",
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_provider")),
        sa.UniqueConstraint("source_id", name=op.f("uq_provider_source_id")),
        sqlite_strict=True,
    )
    op.create_table(
        "service",
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("provider_id", sa.LargeBinary(), nullable=False),
        sa.Column("area_id", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("opening", sa.Text(), nullable=False),
        sa.Column("website", sa.Text(), nullable=False),
        sa.Column("is_listed", sa.Integer(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_service_area_id_area")),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["provider.id"], name=op.f("fk_service_provider_id_provider")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service")),
        sa.UniqueConstraint("source_id", name=op.f("uq_service_source_id")),
        sqlite_strict=True,
    )
    op.create_index("ix_service_area_id", "service", ["area_id"])
    op.create_table(
        "service_name",
        sa.Column("service_id", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["service_id"], ["service.id"], name=op.f("fk_service_name_service_id_service")
        ),
        sa.PrimaryKeyConstraint("service_id", "name", name=op.f("pk_service_name")),
        sqlite_strict=True,
    )
    op.create_table(
        "past_provider",
        sa.Column("service_id", sa.LargeBinary(), nullable=False),
        sa.Column("until_period", sa.Text(), nullable=False),
        sa.Column("provider_id", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["provider.id"], name=op.f("fk_past_provider_provider_id_provider")
        ),
        sa.ForeignKeyConstraint(
            ["service_id"], ["service.id"], name=op.f("fk_past_provider_service_id_service")
        ),
        sa.PrimaryKeyConstraint("service_id", "until_period", name=op.f("pk_past_provider")),
        sqlite_strict=True,
    )
    op.create_table(
        "landing_code",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("service_id", sa.LargeBinary(), nullable=True),
        sa.Column("area_id", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(service_id IS NULL) <> (area_id IS NULL)", name=op.f("ck_landing_code_one_subject")
        ),
        sa.ForeignKeyConstraint(
            ["area_id"], ["area.id"], name=op.f("fk_landing_code_area_id_area")
        ),
        sa.ForeignKeyConstraint(
            ["service_id"], ["service.id"], name=op.f("fk_landing_code_service_id_service")
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_landing_code")),
        sqlite_strict=True,
    )
    op.create_index("ix_landing_code_service_id", "landing_code", ["service_id"])
    op.create_index("ix_landing_code_area_id", "landing_code", ["area_id"])


def downgrade() -> None:
    """Drop them again, with what they hold."""
    op.drop_table("landing_code")
    op.drop_table("past_provider")
    op.drop_table("service_name")
    op.drop_table("service")
    op.drop_table("provider")
    op.drop_table("area")
