"""Field types: reading what was typed or stored, checking it, storing it, showing it.

One module for each family of types; :func:`forms.fields.registry.kind_of` finds the right one.
Repeat groups and matrices are made of these and live in :mod:`forms.evaluation`.
"""
