"""Alembic migrations, forward only; run by the owner's database role."""
