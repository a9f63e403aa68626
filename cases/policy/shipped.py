"""The rule books that come with the product, as text."""

from importlib.resources import files

IN_FORCE = "shaoxing-2020-91"
VERSIONS = (IN_FORCE, "zhejiang-notice")


def text(version: str) -> str:
    """Return the TOML text of a shipped rule book."""
    if version not in VERSIONS:
        raise KeyError(version)
    return (files(__package__) / "rulebooks" / f"{version}.toml").read_text(encoding="utf-8")
