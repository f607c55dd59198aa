"""The table of what was submitted to a form: columns over all its versions, filters, saved views.

A form changes over the years and its submissions stay; the table shows them side by side. Columns
are the same when their field has the same id, whatever it was called in which version.
"""
