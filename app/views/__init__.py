"""The pages, one module per room of the packages below."""
