"""The blank version of every form on paper: for offline work and visits at home.

A DOCX is written from the definition alone and goes through the same conversion as documents,
so the PDF is tagged, has a title, bookmarks and the language de-DE.
"""

from document_templates.blank_forms.printing import BlankForm, blank_form_docx

__all__ = ["BlankForm", "blank_form_docx"]
