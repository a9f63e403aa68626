"""The signed pass that somebody shows at a door (clause 4.1), and the keys that sign it."""
