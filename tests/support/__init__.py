"""Helpers of the tests: building models, reference interpreter, random graphs."""
