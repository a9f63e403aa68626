"""The gate keeper's page: one phone, one person after the other."""
