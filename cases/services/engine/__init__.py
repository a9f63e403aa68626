"""The engine: the only code that opens and closes cases, and what every act of a room stands on.

Whoever stands outside the services imports what this file hands on, the refusals, the second person and the holds;
the rest is the services' own.
"""

from cases.services.engine.plans import Plan

__all__ = ("Plan",)
