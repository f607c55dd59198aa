"""The demonstration: the mission's five municipalities with invented people, from packages."""
