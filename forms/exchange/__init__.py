"""Forms that come from elsewhere or go there: XLSForm, XDatenfelder (FIM) and packages.

What comes in is hostile until it was read: sizes are counted while inflating, XML has no DTD,
nothing imported is ever executed. Rules arrive only as expressions of our own language, which
the form's checks try like those of any other form. Every element that could not be carried
over stands in the report with its reason.
"""
