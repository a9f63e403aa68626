"""The addresses of the gate: nothing of a person is in them."""

from django.urls import path

from cases.gate import offline, views

app_name = "gate"

urlpatterns = [
    path("", views.check, name="check"),
    path("checks/<int:pk>/", views.answer_page, name="answer"),
    path("offline/", offline.page, name="offline"),
    path("sw.js", offline.worker, name="worker"),  # here, for it may serve no address above its own
]
