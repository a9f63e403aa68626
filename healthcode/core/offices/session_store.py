"""Sessions as Django keeps them in the database, read by a statement that is put together once: each page does."""

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.utils import timezone

from healthcode.core.statements.compiled import Compiled, asked_again
from healthcode.core.statements.fragments import Given

OPEN = Compiled(lambda: Session.objects.filter(session_key=Given("key"), expire_date__gt=Given("at")))


class SessionStore(db.SessionStore):
    """The session of one browser."""

    def _get_session_from_db(self) -> Session | None:
        found = asked_again(lambda: OPEN.first(key=self.session_key, at=timezone.now()))
        if found is None:
            self._session_key = None
        return found
