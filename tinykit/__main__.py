"""`python -m tinykit`."""

from tinykit.cli import run

run()
