"""Choosing an entry of a list in a form: what is offered, what is accepted, what is recorded.

The lists themselves are kept elsewhere (`forms.registers.choosing` asks the database). Without
one nothing is offered and nothing is accepted.
"""
