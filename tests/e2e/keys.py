"""Counting what somebody presses: keys and clicks, beside what is scanned or typed of a person."""

from dataclasses import dataclass

from tests.e2e.conftest import Desk


@dataclass
class Strokes:
    """Keyboard and mouse of one desk; `typed` are facts of the case (a number, a temperature)."""

    desk: Desk
    keys: int = 0
    clicks: int = 0
    typed: int = 0

    def press(self, *keys: str) -> None:
        """Press keys one after the other, on a page that has loaded; a key with Alt or Ctrl is one."""
        # What a test waited for may stand on the page before the script that hears the keys has run.
        self.desk.page.wait_for_load_state("load")
        for key in keys:
            self.desk.page.keyboard.press(key)
            self.keys += 1

    def write(self, facts: str) -> None:
        """Type or scan what is a fact of the case."""
        self.desk.page.keyboard.insert_text(facts)
        self.typed += len(facts)

    def click(self, selector: str) -> None:
        self.desk.page.locator(selector).first.click()
        self.clicks += 1

    def focus(self) -> str:
        """Return the name of what has the focus."""
        active = "document.activeElement"
        return str(self.desk.page.evaluate(f"{active}.name || {active}.id || {active}.innerText"))
