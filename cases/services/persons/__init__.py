"""Persons: who somebody is, how they are found, where they live, and when they are forgotten."""
