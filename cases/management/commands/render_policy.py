"""Write docs/policy.md from the shipped rule books."""

from cases.policy import render, shipped
from cases.policy.rulebook import parse
from healthcode.core.offices.rendered import RenderedPage
from healthcode.core.offices.staff import ROLE_KEYS


class Command(RenderedPage):
    help = "Write docs/policy.md from the shipped rule books."
    name = "policy"

    def page(self) -> str:
        return render.page([parse(shipped.text(version), roles=ROLE_KEYS) for version in shipped.VERSIONS])
