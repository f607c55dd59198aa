"""The application that gunicorn serves."""

from __future__ import annotations

from app.factory import create_app
from tenants.logs import write_structured_logs
from tenants.settings import load_settings

write_structured_logs()
application = create_app(load_settings())
