"""Where Django looks for admin classes: those of the roof stand with their pages."""

from healthcode.portal.trails.pages import EventAdmin

__all__ = ("EventAdmin",)
