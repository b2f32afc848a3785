"""Exchange with other libraries: weights that they saved."""
