"""Model builders: one architecture per file; every variant is an entry in that file's table."""
