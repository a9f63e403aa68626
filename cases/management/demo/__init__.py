"""The demo cast and its people: for trying the product, never in production."""
