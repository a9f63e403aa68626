"""The ground floor: offices, acts, ledger and vault. It knows nobody above."""
