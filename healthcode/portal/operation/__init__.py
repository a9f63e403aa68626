"""What an operator meets: answers while something is away, whether a process is ready, how old the work is."""
