"""What a template looks like before it is published: its pages as pictures, with sample data,
with data at the edges, or with the answers of a submission."""
