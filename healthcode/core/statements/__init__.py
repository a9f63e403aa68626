"""Statements that are put together and planned once: the ORM writes them longer than the database answers them."""
