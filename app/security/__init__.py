"""Who may do what: people, roles, login, and the headers that protect pages."""
