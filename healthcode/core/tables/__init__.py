"""Tables in files, read by a process that may die of one."""
