"""The rule book: proposed, decided, and adopted at its instant."""
