"""BUILDING FORMS: the draft of a form, changed by one small operation after the other.

`document_tree`, `operations`, `references`, `conflicts` and `starting` are pure: a form document
in, a form document out. `drafting` keeps the draft and its log of operations in the database. A
draft may be useless as a form for a while (a rule that names nothing), but it is always a
document of pages, sections and fields, so that saving a change never fails for another reason
than the change itself.
"""
