"""The seals as supervision sees them: the last checkpoint, the sheet to hang up, the file to keep."""
