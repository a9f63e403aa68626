"""Grounds: what is claimed of a person, how it counts, ends, or turns out to have been wrong."""
