"""What changed between two versions of a template, in words. Pure: two files in, text out."""
