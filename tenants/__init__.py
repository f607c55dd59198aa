"""WHO: which tenant and which organisation act, and what keeps them apart.

This package holds the scope of the current work (`context`), the database with its guards
and row-level policies, the models of tenants, organisations and memberships, keys, object
storage, the outbox and the audit trail. It imports libraries only: no Flask, and none of
the packages above it.
"""
