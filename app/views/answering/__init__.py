"""Answering a questionnaire: public pages without account, session or script.

They know people by a cookie alone, which their browser keeps (`held`): it holds the secret of the
draft and the code of the invitation, and nothing of it is stored. The cookie comes along from our
own pages only (SameSite), so these pages need no token against foreign requests.
"""

from app.views.answering.entering import enter_by_code, invitation
from app.views.answering.filling import autosave, page, save
from app.views.answering.room import answering
from app.views.answering.sending import review, thanks
from app.views.answering.starting import begin, discard, start

__all__ = [
    "answering",
    "autosave",
    "begin",
    "discard",
    "enter_by_code",
    "invitation",
    "page",
    "review",
    "save",
    "start",
    "thanks",
]
