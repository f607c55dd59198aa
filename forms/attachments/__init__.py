"""Files that people add to what they fill in: checked by content, kept apart until they are clean.

Answers hold which files belong to a field (`forms.fields.file`); the table `attachment` holds what
became of each, the object store its content. Nobody gets a file before it was found clean.
"""
