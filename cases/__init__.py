"""Persons, cases, codes: who has which colour, and why."""
