"""The commands of ``siegel``, one module per topic."""
