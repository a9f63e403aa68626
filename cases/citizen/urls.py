"""The addresses of the citizen's page: nothing of a person is in them."""

from django.urls import path

from cases.citizen import views

app_name = "citizen"

urlpatterns = [
    path("", views.page, name="page"),
    path("now/", views.now, name="now"),
    path("form/", views.form, name="form"),
    path("paper/", views.paper, name="paper"),
    path("ward/", views.ward, name="ward"),
    path("leave/", views.leave, name="leave"),
    path("<str:secret>/", views.link, name="link"),
]
