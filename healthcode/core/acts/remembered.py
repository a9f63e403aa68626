"""What a form begins with: what its typist last wrote into such a field and sent, for as long as they are logged in.

Only fields that an operation names, and only what was done with: a laboratory, a vehicle, never somebody's data.
"""

from django.http import HttpRequest

from healthcode.core.acts.base import Operation

KEY = "remembered"  # in the session
LONGEST = 200


def initial(request: HttpRequest, operation: type[Operation]) -> dict[str, str]:
    """Return what the fields of an operation begin with."""
    kept = request.session.get(KEY, {}) if operation.remembers else {}
    return {name: kept[name] for name in operation.remembers if name in kept}


def keep(request: HttpRequest, form: Operation) -> None:
    """Keep what was typed into the fields that an operation names, once it was done."""
    typed = {name: str(form[name].value() or "")[:LONGEST] for name in form.remembers}
    if any(typed.values()):
        request.session[KEY] = {**request.session.get(KEY, {}), **{k: v for k, v in typed.items() if v}}
