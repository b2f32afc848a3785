"""For every test: pytest's own fixtures for testing plugins."""

pytest_plugins = "pytester"
