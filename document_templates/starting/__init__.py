"""Beginning a template: the placeholders of a form to copy from, and a DOCX that has them all.

`outlining` says what a form offers, in the order of its questions; the pages show it and
`starter` writes it as a Word document that passes the check.
"""
