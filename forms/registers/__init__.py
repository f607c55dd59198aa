"""Verzeichnisse: a tenant's own tables, from which forms let people choose.

A register has a few typed columns. Its entries end and are never deleted: what was chosen once
stays in submissions as it was recorded, with its key and name.
"""
