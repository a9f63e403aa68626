"""Offices, staff and venues of a new city, as files: what is in a set, and how it is prepared and granted."""
