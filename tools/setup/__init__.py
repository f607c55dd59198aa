"""Prepares a machine for the product: system packages, Python environment, front-end packages.

Runs with a plain Python 3.11 or later and its standard library alone, because nothing else is there
yet. Every step first looks whether it is needed, so that a second run takes a fraction of a second.
"""
