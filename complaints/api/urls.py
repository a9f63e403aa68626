"""The desk's addresses of the API."""

from django.urls import path

from complaints.api import letters, tickets
from complaints.operations import TICKET_OPERATIONS

app_name = "desk"
TICKET = "tickets/<str:number>"

urlpatterns = [
    path("letters", letters.LettersView.as_view(), name="letters"),
    path("letters/<str:external_no>", letters.LetterView.as_view(), name="letter"),
    path("tickets", tickets.TicketsView.as_view(), name="tickets"),
    path(TICKET, tickets.TicketView.as_view(), name="ticket"),
    *(
        path(
            f"{TICKET}/operations/{one.name}",
            tickets.TicketOperationView.as_view(operation=one),
            name=one.name,
        )
        for one in TICKET_OPERATIONS
    ),
]
