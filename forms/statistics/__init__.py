"""Evaluating what was submitted: counts, sums and series that show no single person.

Who plans sees figures of groups, never of a child, a family or an employee. A figure that fewer
submissions than the tenant's threshold stand behind is hidden, and with it as many others as it
takes that nobody can work it out (``suppression``). There is no grouping by person: statistics
about single employees are none of this product's business (§ 75 BPersVG and its Länder).
"""
