"""Deliveries: files of machines and offices, received, checked, decided, applied and taken back."""
