"""Takes the pictures of README and handbook from the running demonstration.

``python -m tools.screenshots`` starts a demonstration of its own, walks through it in Chromium
and writes ``docs/bilder/*.png``. Nothing is staged: what a picture shows is what the product does.
"""
