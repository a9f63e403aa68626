"""The page of a citizen: their own code, why it is so, and what ends it (clauses 3.4a, 4.1, 5.1)."""
