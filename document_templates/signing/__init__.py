"""Signing by people: who must sign a document, in which order, how strongly, and what came of it.

The law asks two questions that people mix up: which form a declaration needs (`levels`), and who
may make it for a party (`rules`). Both are data of a signing here, never habit: a document that
needs no signature gets none (§ 36a SGB I).

`levels`, `rules` and `progress` decide without any database. `requesting` asks for signatures,
`acting` is what the people asked do, `completing` makes the signed version in a worker,
`reading` shows it all.
"""
