"""The complaint desk: first-responder responsibility from the first question to the return visit (section 5)."""
