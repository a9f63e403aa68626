"""Cells for people who open a table in a spreadsheet."""

# The wide forms too: spreadsheets set to Chinese or Japanese calculate from them.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def inert(cell: object) -> str:
    """Return a cell's text such that a spreadsheet displays it and does not calculate.

    Returned rows of deliveries have a milder rule (`tables.csv_line`): they come back, with their signs and telephones.
    """
    text = str(cell)
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA) else text
