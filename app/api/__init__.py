"""The REST API ``/<tenant>/api/v1``: forms, submissions and evaluations for programs.

`operations` describes every call once; routes, checks and the OpenAPI document come from it.
Programs show a token (`tenants.api_tokens`), never a session.
"""
