"""The portal's own admin site: the workplace of every office."""

from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.models import LogEntry
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import PasswordChangeView
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext, gettext_noop, ngettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_POST

from healthcode.core.offices import open_sessions
from healthcode.core.offices.middleware import keep_language
from healthcode.core.offices.models import User
from healthcode.portal.entering import OwnPasswordForm, PortalLogin

# Django's own words, marked here to be put differently in Chinese.
PUT_OUR_WAY = (
    gettext_noop("You don’t have permission to view or edit anything."),
    gettext_noop("Your old password was entered incorrectly. Please enter it again."),
    gettext_noop("Your password can’t be too similar to your other personal information."),
    gettext_noop("Your password was changed."),
    gettext_noop(
        "Please enter your old password, for security’s sake, and then enter your new password twice so we can verify "
        "you typed it in correctly."
    ),
    ngettext_lazy(
        "Your password must contain at least %(min_length)d character.",
        "Your password must contain at least %(min_length)d characters.",
        "min_length",
    ),
    gettext_noop("Select %s to view"),
    gettext_noop("View %s"),
    gettext_noop(" By %(filter_title)s "),
    gettext_noop(":"),
    gettext_noop(
        "Please enter the correct %(username)s and password for a staff account. "
        "Note that both fields may be case-sensitive."
    ),
    ngettext_lazy(
        "Ensure this value has at most %(limit_value)d character (it has %(show_value)d).",
        "Ensure this value has at most %(limit_value)d characters (it has %(show_value)d).",
        "limit_value",
    ),
    ngettext_lazy(
        "Ensure that there are no more than %(max)s digit in total.",
        "Ensure that there are no more than %(max)s digits in total.",
        "max",
    ),
    ngettext_lazy(
        "Ensure that there are no more than %(max)s decimal place.",
        "Ensure that there are no more than %(max)s decimal places.",
        "max",
    ),
    ngettext_lazy(
        "Ensure that there are no more than %(max)s digit before the decimal point.",
        "Ensure that there are no more than %(max)s digits before the decimal point.",
        "max",
    ),
)


class PortalSite(admin.AdminSite):
    """One site for all offices: a menu by work, a home page by role, and no model permission anywhere."""

    site_title = site_header = _("Health-code portal")
    index_title = _("Home")
    site_url = None
    enable_nav_sidebar = False  # the menu is our own: Django's vanishes on phones
    empty_value_display = "–"

    def __init__(self, name: str = "admin") -> None:
        super().__init__(name)
        self.disable_action("delete_selected")

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Register what belongs here: Django's groups would be a second role table."""
        models = model_or_iterable if isinstance(model_or_iterable, list | tuple) else (model_or_iterable,)
        own = [model for model in models if model._meta.app_label not in ("auth", "django_tasks_database")]
        super().register(own, admin_class, **options)

    def get_urls(self) -> list[URLPattern | URLResolver]:
        from cases.admin import acts, finding
        from healthcode.portal import directory, second_factor, through
        from healthcode.portal import help as help_pages
        from healthcode.portal.contacts import pages as contacts
        from healthcode.portal.dossiers import pages as dossiers
        from healthcode.portal.morning import pages as morning
        from healthcode.portal.seals import pages as seals
        from healthcode.portal.signs import pages as signs
        from healthcode.portal.timelines import pages as timelines

        own: list[URLPattern | URLResolver] = [
            path("language/", self.switch_language, name="set_language"),
            path("oidc/", directory.begin, name="directory_begin"),
            path("oidc/answer/", directory.finish, name="directory_finish"),
            path("find/", self.admin_view(finding.find), name="find"),
            path("do/<slug:name>/", self.admin_view(acts.at_desk), name="do"),
            path("work/<slug:key>/", self.admin_view(self.work), name="work"),
            *(
                path(route, self.admin_view(view), name=name)
                for pages in (
                    *(through, help_pages, timelines, contacts, dossiers),
                    *(morning, signs, seals, second_factor),
                )
                for route, view, name in pages.ROUTES
            ),
        ]
        # `/r/` answers for any row of any table, whoever asks.
        return own + [url for url in super().get_urls() if getattr(url, "name", "") != "view_on_site"]

    def password_change(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        """Let users choose a password of their own. Django's page would take no other form."""
        context = {**self.each_context(request), **(extra_context or {})}
        done = reverse("admin:index", current_app=self.name)
        request.current_app = self.name  # type: ignore[attr-defined]
        before = request.session.session_key
        page = PasswordChangeView.as_view(
            form_class=OwnPasswordForm, success_url=done, extra_context=context, **self._password_template()
        )
        answer = page(request)
        # It was changed: whoever sits elsewhere with the old one is out.
        if request.session.session_key != before:
            open_sessions.follow(request, before)
            user = _signed_in(request)
            open_sessions.end(user, but=request.session.session_key, by=user, at=timezone.now())
            messages.success(request, gettext("Your password is changed. Sessions elsewhere are ended."))
        return answer

    def _password_template(self) -> dict[str, str]:
        return {"template_name": self.password_change_template} if self.password_change_template else {}

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        from healthcode.portal import menu

        return menu.groups(request, self._registry)

    def app_index(self, request: HttpRequest, app_label: str, extra_context: Any = None) -> HttpResponse:
        """Send breadcrumbs home: the menu has no page of its own per Django app."""
        return HttpResponseRedirect(reverse("admin:index"))

    def get_log_entries(self, request: HttpRequest) -> QuerySet[LogEntry]:
        return LogEntry.objects.none()  # Django's log is off: the ledger is the record

    def index(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Show the reader's home: what waits for them, and how their jurisdiction stands."""
        from healthcode.portal import home

        user = _signed_in(request)
        if user.may("gate.check"):  # whoever stands at a door has one piece of work
            return HttpResponseRedirect(reverse("gate:check"))
        context = {
            **self.each_context(request),
            "title": self.index_title,
            "home": home.home(user, at=timezone.now()),
            **(extra_context or {}),
        }
        return TemplateResponse(request, "admin/index.html", context)

    def work(self, request: HttpRequest, key: str) -> HttpResponse:
        """Show one list of what waits, to its end."""
        from healthcode.portal import waiting

        if not waiting.known(key):
            raise Http404
        card = waiting.card(_signed_in(request), key, at=timezone.now())
        context = {
            **self.each_context(request),
            "title": card.label if card else _("Waiting for you"),
            "card": card,
        }
        return TemplateResponse(request, "portal/work.html", context)

    @method_decorator((never_cache, login_not_required))
    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if request.method == "GET" and self.has_permission(request):
            return HttpResponseRedirect(reverse("admin:index"))
        context = {**self.each_context(request), "title": _("Log in"), "app_path": request.get_full_path()}
        if REDIRECT_FIELD_NAME not in {*request.GET, *request.POST}:
            context[REDIRECT_FIELD_NAME] = reverse("admin:index")
        view = PortalLogin.as_view(extra_context={**context, **(extra_context or {})})
        return view(request)  # type: ignore[return-value]

    @method_decorator((login_not_required, require_POST, csrf_protect))
    def switch_language(self, request: HttpRequest) -> HttpResponse:
        """Keep the chosen language with the user; before log-in, with the browser."""
        language = request.POST.get("language", "")
        back = request.POST.get("next", "")
        if not url_has_allowed_host_and_scheme(back, {request.get_host()}, request.is_secure()):
            back = reverse("admin:index")
        response = HttpResponseRedirect(back)
        if language in dict(settings.LANGUAGES):
            if isinstance(request.user, User):
                User.objects.filter(pk=request.user.pk).update(language=language)
            keep_language(response, language)
        return response


def _signed_in(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
