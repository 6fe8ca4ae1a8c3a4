"""pytest-tinykit: tests of a model on boards and in simulators.

    pytest --board stm32f746 --board mps2_an386 --model kws.tflite

    def test_it(dut):
        dut.assert_bit_exact(n=20)
        dut.assert_under(instructions=4_000_000, sram="32k", stack=1024)

The plugin is loaded by every pytest run where tinykit is installed, so it imports nothing of weight before a fixture is used,
and claims the short names of its options only where they are on the command line and nobody else defines them.
"""

from __future__ import annotations

import itertools
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tinykit.errors import TinykitError
    from tinykit.testing import Bench, Dut, Golden

_SHORT = {"--board": "--tinykit-board", "--target": "--tinykit-target", "--model": "--tinykit-model"}


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("tinykit", "models on microcontrollers (tinykit)")
    group.addoption(
        "--tinykit-board", action="append", metavar="BOARD", default=[],
        help="Board to test on, may be repeated; also --board. See: tinykit boards.",
    )  # fmt: skip
    group.addoption(
        "--tinykit-target", action="append", metavar="TARGET", default=[],
        help="emulator, qemu, renode or serial:PORT, may be repeated; also --target. Default: the best each board has.",
    )  # fmt: skip
    group.addoption("--tinykit-model", metavar="MODEL", help="The model to test, as for tinykit deploy; also --model.")
    parser.addini("tinykit_model", "the model to test, relative to this file")
    parser.addini("tinykit_boards", "boards to test on where the command line names none", type="args", default=[])


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(
    early_config: pytest.Config, parser: pytest.Parser, args: list[str]
) -> Generator[None, None, None]:
    """Take --board, --target and --model for ours, unless a plugin or conftest.py has options of these names."""
    unknown = set(_SHORT) - _options(parser)
    paths = early_config.known_args_namespace.file_or_dir
    for option, value in itertools.pairwise(args):
        if option in unknown and value in paths:
            paths.remove(value)  # pytest did not know that a value follows, and took it for a file
    yield
    unknown -= _options(parser)
    for number, arg in enumerate(args):
        name, equals, value = arg.partition("=")
        if name in unknown:
            args[number] = _SHORT[name] + equals + value


def _options(parser: pytest.Parser) -> set[str]:
    groups = (getattr(parser, "_anonymous", None), *getattr(parser, "_groups", ()))
    return {name for group in groups if group is not None for option in group.options for name in option.names()}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "tinykit_place" in metafunc.fixturenames:
        places = _places(metafunc.config)
        metafunc.parametrize("tinykit_place", places, ids=["-".join(place) for place in places], scope="module", indirect=True)


def _places(config: pytest.Config) -> list[tuple[str, str]]:
    """Every (board, target) to test on; a board without any of the targets named is an error."""
    from tinykit.config import load_config
    from tinykit.errors import TinykitError

    names = _words(config.getoption("--tinykit-board")) or config.getini("tinykit_boards")
    targets = _words(config.getoption("--tinykit-target"))
    try:
        if not names and (settled := load_config(config.rootpath).board):
            names = [settled]
        if not names:
            raise pytest.Collector.CollectError("no board was named: pytest --board stm32f746, say (all of them: tinykit boards)")
        return [place for name in names for place in _places_of(name, targets)]
    except TinykitError as error:
        raise pytest.Collector.CollectError(_sentence(error)) from None


def _sentence(error: TinykitError) -> str:
    return f"{error.message} ({error.hint})" if error.hint else error.message


def _places_of(name: str, targets: Sequence[str]) -> list[tuple[str, str]]:
    from tinykit.steps import check_target, default_target, find_board

    board = find_board(name)
    if not targets:
        return [(name, default_target(board))]
    has = [target for target in targets if target.partition(":")[0] in (*board.targets, "host")]
    if not has:
        check_target(targets[0], board)
    return [(name, target) for target in has]


def _words(options: Sequence[str]) -> list[str]:
    return [word for option in options for word in option.split(",") if word]


@pytest.fixture(scope="module")
def tinykit_place(request: pytest.FixtureRequest) -> Any:
    """The board, as it was named, and the target of this test."""
    return request.param


@pytest.fixture(scope="session")
def model(pytestconfig: pytest.Config) -> Path:
    """The model under test: --model, the ini option tinykit_model, or what tinykit.toml says. Define your own to test several."""
    from tinykit.config import load_config

    if chosen := pytestconfig.getoption("--tinykit-model"):
        return _from(pytestconfig.invocation_params.dir, chosen)
    if ini := pytestconfig.getini("tinykit_model"):
        return _from(pytestconfig.rootpath, ini)
    if settled := load_config(pytestconfig.rootpath).model:
        return Path(settled)
    pytest.fail("no model was named: pytest --model MODEL, say", pytrace=False)


def _from(folder: Path, name: str) -> Path:
    """The file or folder `name` in `folder`, else `name`, which may be a model family's."""
    return folder / name if (folder / name).exists() else Path(name)


@pytest.fixture(scope="session")
def tinykit_bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """Builds each firmware once a session."""
    from tinykit.testing import Bench

    return Bench(tmp_path_factory.mktemp("tinykit"))


@pytest.fixture(scope="module")
def dut(model: Path, tinykit_place: tuple[str, str], tinykit_bench: Bench) -> Iterator[Dut]:
    """The model's firmware on each board and target in turn."""
    with tinykit_bench.open(model, *tinykit_place) as device:
        yield device


@pytest.fixture(scope="module")
def golden(model: Path) -> Golden:
    """The reference interpreter: golden(x) is the list of its outputs."""
    from tinykit.testing import Golden

    return Golden(model)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, None, None]:
    """A model that cannot be built is told in its one sentence, without the way that led there."""
    try:
        return (yield)
    except Exception as error:
        from tinykit.errors import TinykitError

        if not isinstance(error, TinykitError):
            raise
        pytest.fail(_sentence(error), pytrace=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    """What a test found out on a board goes into its report, and so into JUnit's XML."""
    device = getattr(item, "funcargs", {}).get("dut")
    if device is None or not hasattr(device, "take_properties"):
        return (yield)
    device.take_properties()
    try:
        return (yield)
    finally:
        item.user_properties += device.take_properties()
