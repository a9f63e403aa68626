"""Refusals of acts on persons and cases: the same base as on every other floor."""

from healthcode.core.offices.refusals import NotAllowed, Refusal, StalePage

__all__ = ("NotAllowed", "Refusal", "StalePage")
