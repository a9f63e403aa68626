"""The timer's work: `ticking.py` has every step in its order; the others are steps that belong to the roof itself."""
