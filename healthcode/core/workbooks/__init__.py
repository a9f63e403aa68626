"""Workbooks of spreadsheets, read by a process that may die of one."""
