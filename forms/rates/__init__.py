"""Satztabellen of a tenant: kept in the database, changed by adding, never by overwriting."""
