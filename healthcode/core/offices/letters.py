"""Activation letters: what somebody needs to open their account, on paper."""

from dataclasses import dataclass

from healthcode.core.offices.models import User


@dataclass(frozen=True)
class ActivationLetter:
    """What somebody needs to open their account: who, where, and the code."""

    user: User
    code: str
