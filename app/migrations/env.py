"""Runs the migrations on the connection that `app.migrating` hands over."""

from __future__ import annotations

from alembic import context

from app.metadata import all_metadata, is_ours

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=all_metadata(),
    include_object=is_ours,
    compare_type=True,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
