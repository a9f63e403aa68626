"""The gate keeper's page: one hand, one phone, one person after the other."""
