"""PostgreSQL, Valkey and the product's own processes on one machine, started by one command.

The parts are the real ones: the same PostgreSQL with the same row-level security serves the demo,
the tests and production. Nothing here knows Flask. Everything that is started here ends here, also
when a process of the stack is killed: see ``guard``.
"""
