"""What a scenario is: something is made beforehand, and the act that is to break is returned."""

from collections.abc import Callable
from typing import Any

from tests.cases.scenes import Scene, fresh, later

NOW = later(hours=5)
YES, NO = {"approve": True}, {"approve": False, "answer": "不"}

Act = Callable[[], Any]
Service = Callable[..., Any]
# By the service, or by the service and the case of it that this is.
Scenarios = dict[Service | tuple[Service, str], Callable[[Scene], Act]]


def on(made: Any, act: Callable[[Any], Any]) -> Act:
    """Return an act on something that is made beforehand."""
    return lambda: act(made)


def decided(act: Service, proposal: Any, scene: Scene, by: str, **values: Any) -> Act:
    """Return an act of this user on a row that is made beforehand."""
    return lambda: act(fresh(proposal), by=scene.cast[by], at=NOW, **values)


def red(scene: Scene) -> Any:
    person = scene.person()
    scene.clinical(person)
    return person
