"""What the rule book says: pure Python, without a framework, a database or a clock."""
