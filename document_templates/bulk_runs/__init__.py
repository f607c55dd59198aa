"""Bulk runs: one template, many recipients, and each of them gets a document of its own.

A run is put together and looked at as a draft; its start writes the requests and their tasks in
one transaction, and from then on the outbox drains them fairly (`tenants.outbox`).
"""
