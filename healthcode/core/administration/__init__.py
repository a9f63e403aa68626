"""What administrators do about offices, accounts and tokens: the forms and pages of the acts in `offices`."""
