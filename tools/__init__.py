"""Hold what builds and checks the product, and never ships with it."""
