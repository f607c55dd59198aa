"""Writes the Word templates of the shipped packages from readable code.

``python -m tools.library`` rewrites every ``forms/library/*/template.docx``. The result is
deterministic: the same code gives the same bytes. `page`, `letterhead`, `tables` and
`writing` hold what all documents share; each package has a module of its own.
"""
