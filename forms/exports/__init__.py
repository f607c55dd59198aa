"""Submissions as files: CSV for Excel, a workbook, and JSON with the schema it keeps to.

All three are written row by row to a file, so that a hundred thousand submissions need no more
memory than one. What a person may not see is in none of them: the columns come from the form as
that person may know it.
"""
