"""WHAT IS ASKED: form definitions, fields, expressions, validation, versions, submissions.

The pure modules (definition, fields, expressions, evaluation, input) know neither web nor
database. The package does not know that documents exist: it writes events to the outbox.
It may import `tenants`.
"""
