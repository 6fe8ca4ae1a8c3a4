"""What goes wrong, in one sentence, with the exit code it ends the program with.

Every error a user can cause or mend is a `TinykitError`; anything else that escapes is a bug of ours.
"""

from __future__ import annotations

EXACT, DIFFERS, BAD_INPUT, NO_FIT, NOT_VERIFIED = range(5)


class TinykitError(Exception):
    """A failure with a message for the user: one sentence saying what, where and, in `hint`, what to do."""

    exit_code = NOT_VERIFIED

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class InputError(TinykitError):
    """A file, option or name the user gave cannot be used (exit code 2)."""

    exit_code = BAD_INPUT


class DoesNotFit(TinykitError):
    """The model needs more SRAM or flash than the board or the budget has (exit code 3)."""

    exit_code = NO_FIT


class ToolError(TinykitError):
    """An external tool or a target failed; the message holds the command run and its own words (exit code 4)."""

    exit_code = NOT_VERIFIED
