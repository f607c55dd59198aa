"""Versions of a form: what changed, from when each is binding, and what happens to open drafts.

`diff` says in words what a new version changes and what that means for answers already given;
`validity` says when a version may be begun and handed in; `carrying` brings the answers of a
draft into another version. These are pure. `releasing` lets a version out under four eyes and
`upgrading` carries a stored draft.
"""
