"""The command line: a thin skin over the Python API."""

from __future__ import annotations


def run() -> None:
    """The `tinykit` program."""
    import sys

    from tinykit.cli.main import main

    sys.exit(main(sys.argv[1:]))
