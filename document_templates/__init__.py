"""WHAT IS WRITTEN AND SIGNED: templates, PDF, seals, register, evidence, verification.

Cleaning, checking, compiling and filling of DOCX templates is pure. The package may import
`forms` and `tenants`, never the web or the workers.
"""
