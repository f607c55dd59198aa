"""Object storage: where documents lie, written once and read only with their content hash.

``objects`` is the promise (one small interface and its errors), ``local`` and ``s3`` keep it,
``tenant_store`` holds one tenant inside its own keys, ``probe`` asks a store what it really
guarantees. Product code works with a ``TenantStore`` alone.
"""
