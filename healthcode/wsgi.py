"""WSGI entry point. It refuses to start on an unsound set-up: a server runs no system checks of its own."""

import os

from django.core.wsgi import get_wsgi_application
from django.db import connections

from healthcode.checks import refuse_unfit_connection, refuse_unsound_setup

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "healthcode.settings")
refuse_unsound_setup()
application = get_wsgi_application()

from healthcode.portal.operation import readiness  # noqa: E402 - the apps have to be loaded first

readiness.start(refuse_unfit_connection)
connections.close_all()  # a server may fork behind this line, and no two processes share a connection
