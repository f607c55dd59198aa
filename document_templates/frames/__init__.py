"""Frames (Rahmenvorlagen) of a tenant: versions let out under four eyes, and templates in them.

What a frame does to a file is `document_templates.framing`.
"""
