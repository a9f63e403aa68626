"""What a form begins with: what its typist last wrote into such a field and sent, for as long as they are logged in.

Only fields that an operation names, and only what was done with: a laboratory, a vehicle, the day of a round of
samples, never somebody's data.
"""

from django.http import HttpRequest
from django.utils.timezone import localtime

from healthcode.core.acts.base import Operation

KEY = "remembered"  # in the session
LONGEST = 200


def initial(request: HttpRequest, operation: type[Operation]) -> dict[str, str]:
    """Return what the fields of an operation begin with."""
    kept = request.session.get(KEY, {})
    return {name: kept[name] for name in (*operation.remembers, *operation.remembers_day) if name in kept}


def keep(request: HttpRequest, form: Operation) -> None:
    """Keep what was typed into the fields that an operation names, once it was done."""
    typed = {name: str(form[name].value() or "")[:LONGEST] for name in form.remembers}
    # The time is still to be written: a form that is sent with the day alone is refused.
    days = {name: form.cleaned_data.get(name) for name in form.remembers_day}
    typed |= {name: f"{localtime(at):%Y-%m-%d} " for name, at in days.items() if at is not None}
    if any(typed.values()):
        request.session[KEY] = {**request.session.get(KEY, {}), **{k: v for k, v in typed.items() if v}}
