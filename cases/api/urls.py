"""Every address of the API."""

from django.urls import path, re_path

from cases.api import deliveries, gate, late, persons, records, roster, rulebooks, rules, uploads, waiting
from cases.api.operations import DeskOperationView, PersonOperationView
from cases.operations import DESK_OPERATIONS, PERSON_OPERATIONS
from healthcode.core.acts.api import BackgroundActView
from healthcode.core.offices.api.base import no_such_path
from healthcode.core.offices.api.docs import DocsView, SchemaView

app_name = "api"
V1 = "v1"
PERSON = f"{V1}/persons/<uuid:public_id>"

urlpatterns = [
    path(f"{V1}/persons", persons.PersonsView.as_view(), name="persons"),
    path(PERSON, persons.PersonView.as_view(), name="person"),
    path(f"{PERSON}/explanation", persons.ExplanationView.as_view(), name="explanation"),
    path(f"{PERSON}/code", persons.CodeView.as_view(), name="code"),
    path(f"{PERSON}/operations", persons.OfferedView.as_view(), name="offered"),
    *(
        path(f"{PERSON}/operations/{one.name}", PersonOperationView.as_view(operation=one), name=one.name)
        for one in PERSON_OPERATIONS
    ),
    *(
        path(f"{V1}/operations/{one.name}", DeskOperationView.as_view(operation=one), name=one.name)
        for one in DESK_OPERATIONS
    ),
    path(f"{V1}/cases", records.CasesView.as_view(), name="cases"),
    path(f"{V1}/orders", records.OrdersView.as_view(), name="orders"),
    path(f"{V1}/results", records.ResultsView.as_view(), name="results"),
    path(f"{V1}/transitions", records.TransitionsView.as_view(), name="transitions"),
    path(f"{V1}/areas", rules.AreasView.as_view(), name="areas"),
    path(f"{V1}/documents", rules.DocumentsView.as_view(), name="documents"),
    path(f"{V1}/deliveries", deliveries.DeliveriesView.as_view(), name="deliveries"),
    path(f"{V1}/uploads", uploads.UploadView.as_view(), name="uploads"),
    path(f"{V1}/deliveries/<int:pk>", deliveries.DeliveryView.as_view(), name="delivery"),
    path(f"{V1}/deliveries/columns/<str:kind>", deliveries.ColumnsView.as_view(), name="delivery-columns"),
    path(f"{V1}/gate/checks", gate.GateChecksView.as_view(), name="gate-checks"),
    path(f"{V1}/gate/checks/late", late.LateChecksView.as_view(), name="late-gate-checks"),
    path(f"{V1}/gate/passes/keys", late.PassKeysView.as_view(), name="pass-keys"),
    path(f"{V1}/rule-book", rules.RuleBookView.as_view(), name="rule-book"),
    path(f"{V1}/rule-books", rulebooks.RuleBooksView.as_view(), name="rule-books"),
    path(f"{V1}/rule-books/<int:pk>", rulebooks.RuleBookVersionView.as_view(), name="rule-book-version"),
    path(f"{V1}/rule-books/<int:pk>/effect", rulebooks.RuleBookEffectView.as_view(), name="rule-book-effect"),
    path(f"{V1}/replay", rulebooks.ReplayView.as_view(), name="replay"),
    path(f"{V1}/roster", roster.RosterView.as_view(), name="roster"),
    path(f"{V1}/roster/gaps", roster.GapsView.as_view(), name="roster-gaps"),
    path(f"{V1}/acts/<str:mark>", BackgroundActView.as_view(), name="act"),
    path(f"{V1}/worklists", waiting.WorklistsView.as_view(), name="worklists"),
    path("schema/", SchemaView.as_view(), name="schema"),
    path("docs/", DocsView.as_view(), name="docs"),
    re_path(r"^(?P<path>.*)$", no_such_path),
]
