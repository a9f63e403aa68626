"""What comes in from outside, row by row. A kind of file is a noun."""
