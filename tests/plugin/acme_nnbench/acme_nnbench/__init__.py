"""A package of a third party: every module in it registers one thing."""
