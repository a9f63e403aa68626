"""Body temperatures: what a thermometer can have shown."""

from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from cases.services.engine.refusals import Refusal

LOWEST, HIGHEST = Decimal("34"), Decimal("43")


class ImpossibleTemperature(Refusal):
    code = "temperatures.impossible"
    message = _("A body temperature lies between 34.0 and 43.0 °C.")
    field = "temperature"


def require_possible(temperature: Decimal) -> None:
    """Refuse what no living body has: a typing error, or a thermometer held wrong."""
    if not LOWEST <= temperature <= HIGHEST:
        raise ImpossibleTemperature()
