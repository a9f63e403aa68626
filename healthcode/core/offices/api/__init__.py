"""What every API view shares: tokens, the role table, problem+json, keyset pages."""
