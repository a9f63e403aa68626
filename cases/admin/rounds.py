"""The page of the round: the health logs of a day, as one table."""

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cases.models import HealthLog, RuleBook
from cases.operations.rounds import KEYS, MISSED, RoundForm
from cases.policy import days, half_days
from cases.selectors.rounds import LIMIT
from cases.services.persons import reads
from healthcode.core.acts.interrupted import typed_data
from healthcode.core.offices.scoped_admin import reader


def round_page(admin: ModelAdmin, request: HttpRequest) -> HttpResponse:
    """Show the round of today, or with `?day=yesterday` what was missed then; keep what is typed."""
    by, at = reader(request), timezone.now()
    if not by.may("order.log_health"):
        raise PermissionDenied
    today = days.local_day(at)
    is_today = request.GET.get("day") != "yesterday"
    on = today if is_today else today - days.ONE_DAY
    form = RoundForm(typed_data(request), by=by, on=on, at=at)
    fever = RuleBook.objects.in_force(at).policy.parameters.fever_celsius
    if request.method == "POST" and form.is_valid() and (logs := form.keep()) is not None:
        _answer(
            request, logs, [log for log in logs if log.temperature is not None and log.temperature >= fever]
        )
        return HttpResponseRedirect(request.path if is_today else f"{request.path}?day=yesterday")
    lines = form.lines()
    reads.record_list("round", filters=[f"day:{on}"], by=by, at=at)
    context = {
        **admin.admin_site.each_context(request),
        "opts": admin.opts,
        "title": _("The round: health logs"),
        "form": form,
        "lines": lines,
        "halves": HealthLog.Half.choices,
        "current": half_days.current(at) if is_today else "",
        "on": on,
        "is_today": is_today,
        "fever": fever,
        "is_cut": len(lines) == LIMIT,
        "keys": {"minus": MISSED(KEYS["-"]).label, "star": MISSED(KEYS["*"]).label},
    }
    return TemplateResponse(request, "lists/round.html", context)


def _answer(request: HttpRequest, logs: list[HealthLog], feverish: list[HealthLog]) -> None:
    kept = ngettext("%(n)s reading kept.", "%(n)s readings kept.", len(logs)) % {"n": len(logs)}
    messages.success(request, kept if logs else _("Nothing was typed: nothing was kept."))
    for log in feverish:
        values = {"name": log.order.person.name, "temperature": log.temperature}
        messages.warning(request, _("Fever: %(name)s, %(temperature)s °C. Have them examined.") % values)
