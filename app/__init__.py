"""THE DOOR: everything a browser, an API client or an operator touches.

The factory puts the parts together. Flask and Flask-AppBuilder live here alone.
"""
