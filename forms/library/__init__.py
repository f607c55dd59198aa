"""The shipped packages: forms with their templates, sample data and expected results.

Each folder is one package: ``manifest.json``, ``form.json``, ``template.docx`` and
``samples/<n>.json``. ``tenants.json`` describes the demonstration's tenants, organisations
and people. Everything here is data; `forms.packages` reads it. The templates are written by
``python -m tools.library``. All people and organisations are invented.
"""
