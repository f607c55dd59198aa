"""What file fields of this installation may take."""

from __future__ import annotations

from flask import current_app

from forms.attachments.states import UploadLimits


def upload_limits() -> UploadLimits:
    """Return what file fields of this installation may take."""
    settings = current_app.extensions["siegel"].settings
    return UploadLimits(settings.upload_megabytes, settings.upload_files)
