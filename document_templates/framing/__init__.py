"""The letterhead of a template apart from its text: logos, head, foot, margins and fonts.

A frame is a Word document of which only these count. Placing a text in it touches no word.
"""
