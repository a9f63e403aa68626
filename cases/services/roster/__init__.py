"""Who is on duty, and the calls that somebody on duty makes."""
