"""A browser as far as the pages of acts need one."""

from typing import Any

from django.test import Client

from healthcode.core.acts.visits import MARK


class Browser(Client):
    """A client that follows an act's redirect to its own next page, as browsers do; other redirects stay seen."""

    def post(self, path: str, *args: Any, **kwargs: Any) -> Any:  # type: ignore[override]
        response = super().post(path, *args, **kwargs)
        leads_on = response.status_code == 302 and f"{MARK}=" in response.url
        return self.get(response.url) if leads_on and not kwargs.get("follow") else response
