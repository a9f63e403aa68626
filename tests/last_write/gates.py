"""The services at the doors, each as an act that breaks at its last write."""

from cases.services import gates
from cases.services.gates import venues
from tests.factories import guarded
from tests.last_write.scenario import Scenarios, decided, on

SCENARIOS: Scenarios = {
    gates.check: lambda s: on((s.person(), guarded()), lambda pair: s.checked(*pair)),
    gates.again: lambda s: decided(gates.again, s.checked_yellow(), s, "gate.school", reason="x"),
    venues.open_venue: lambda s: guarded,
    venues.correct: lambda s: decided(venues.correct, guarded(), s, "admin.one", name="x", name_en=""),
    venues.close: lambda s: decided(venues.close, guarded(), s, "admin.one"),
}
