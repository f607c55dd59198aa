"""Anonymous questionnaires (Befragungen): waves, invitations, answers, and what comes of them.

Who answers has no account and stays unknown: an answer has no person, no address, no time and no
invitation. An invitation is a code whose hash is kept with nothing but whether it was used. Three
sides touch these tables, and the database keeps them apart (`tenants.policies.survey_policies`):
who answers writes drafts and answers and reads no answer; the office reads answers of completed
waves and no draft; a Träger sees nothing of it.
"""
