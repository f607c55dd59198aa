"""Examining a PDF that anybody hands in: what its signatures say, and which document it is.

The file is hostile until the opposite is known, so a process of its own reads it, with little
memory, little time and no way to write; what it answers is plain data.
"""
