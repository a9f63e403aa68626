"""Acts: a form that ends in one service call, as a page, for a selection, and over the API."""
