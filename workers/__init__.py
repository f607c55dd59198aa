"""WHEN: work behind the request.

The dispatcher lets a fair window per tenant through to RQ, the reconciler brings back what
Redis forgot, the handlers map a task kind to the function that does it. The database is the
truth, RQ the transport. `workers` and `app` never import each other.
"""
