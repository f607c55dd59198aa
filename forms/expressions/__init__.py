"""The expression language of forms: Jinja's expression syntax with our own meaning.

A rule is parsed by Jinja, reduced to an allow-listed tree of our own nodes
(:mod:`forms.expressions.parsing`) and compiled to closures that calculate in Decimal with typed
operands (:mod:`forms.expressions.interpreting`). Nothing of Jinja is ever executed.

Besides the answers an expression knows its surroundings (:mod:`forms.surroundings`): day, place
with its Feiertage, and rates. With the same answers and surroundings it gives the same for ever.

Meaning of an unanswered or hidden value (null): an ordered comparison with it is false, ``==``
is true only for null and null, arithmetic and ``~`` with it give null, in ``and``, ``or``,
``not`` and ``if`` it counts as no, sums skip it. A division by zero gives null.
"""
