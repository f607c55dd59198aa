"""Bausteine: clauses that a tenant keeps once and puts into the slots of many templates.

A clause has variants and says when it stands in a document; its versions are published under four
eyes and never change. `content` is what a version says, `texts` reads its wording, `resolving`
writes the clauses into a template with the styles of `styles`, `choosing` says which variant a
document gets, `numbering` fills in where they refer to each other. These are pure. `keeping` looks
after drafts and versions, `pinning` after which template holds which version, `documents` and
`gaps` after which agreement in force holds which clause.
"""
