"""Filling together: who fills what when, hand-overs, Rückfragen, deadlines, requested reports.

``steps``, ``states``, ``viewing``, ``deadlines``, ``prefill``, ``comparing`` and ``return_rate``
are pure; the other modules carry out what they decide, each step with its audit entry.
"""
