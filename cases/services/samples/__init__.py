"""Samples: test results, clinic visits and the forms that people fill in about their health."""
