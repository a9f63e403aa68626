"""WSGI entry point. It refuses to start on an unsound set-up: a server runs no system checks of its own."""

import os

from django.core.wsgi import get_wsgi_application

from healthcode.checks import refuse_unsound_setup

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "healthcode.settings")
refuse_unsound_setup()
application = get_wsgi_application()
