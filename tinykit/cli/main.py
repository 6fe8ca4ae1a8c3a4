"""The commands together, and the one place where a failure becomes a message and an exit code."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer
from typer.exceptions import TyperException

from tinykit.cli import bench, calibrate, deploy, export, hardware, info, init, stages, train
from tinykit.cli.output import Output
from tinykit.errors import BAD_INPUT, NOT_VERIFIED, TinykitError, ToolError
from tinykit.version import VERSION

INTERRUPTED = 130

app = typer.Typer(
    name="tinykit",
    help="From a Keras model or a quantised .tflite to a validated firmware on a microcontroller.",
    epilog="Exit codes: 0 every byte equal, 1 some byte differs, 2 bad input, 3 does not fit, "
    "4 a tool or target failed or nothing was verified.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for group in (deploy, stages, export, bench, hardware, info, init, train, calibrate):
    group.register(app)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"tinykit {VERSION}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    pass


def main(args: list[str]) -> int:
    """Run one command line; returns its exit code. Set TINYKIT_DEBUG to see where a failure comes from."""
    output = Output(next((a for a in args if not a.startswith("-")), ""), "--json" in args)
    try:
        error = _run(args, output)
        code = error if isinstance(error, int) else output.failure(error)
        sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # nobody reads on; what Python still wants to flush goes nowhere
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return NOT_VERIFIED


def _run(args: list[str], output: Output) -> int | TinykitError:
    """Run the command; the exit code it ended with, or what it failed with."""
    debug = bool(os.environ.get("TINYKIT_DEBUG"))
    try:
        code = app(args=args, prog_name="tinykit", standalone_mode=False, obj=output)
        return code if isinstance(code, int) else 0
    except TyperException as error:
        return _usage(error)
    except typer.Abort:
        return INTERRUPTED
    except (BrokenPipeError, KeyboardInterrupt):
        raise
    except TinykitError as error:
        if debug:
            raise
        return error
    except Exception as error:
        if debug:
            raise
        return ToolError(
            f"this is a bug in tinykit: {type(error).__name__}: {error}",
            hint="please report it with what TINYKIT_DEBUG=1 tinykit ... prints",
        )


def _usage(error: TyperException) -> TinykitError:
    """A wrong option or argument, as our own kind of error."""
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "tinykit"
    usage = TinykitError(error.format_message() or "no command given", hint=f"{command} --help")
    usage.exit_code = BAD_INPUT
    return usage
