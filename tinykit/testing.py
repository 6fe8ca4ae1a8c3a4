"""A model's firmware as a thing to test: what the fixtures of the pytest plugin give."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from tinykit import pipeline, steps
from tinykit.builder.firmware import Firmware, read_firmware
from tinykit.config import load_config
from tinykit.errors import InputError, ToolError
from tinykit.graph import Graph, load
from tinykit.harness.device import Array, Device, DeviceInfo
from tinykit.harness.reference import open_reference
from tinykit.harness.validate import Validation, validate
from tinykit.progress import SILENT
from tinykit.projects import Project, open_project
from tinykit.samples import as_samples, random_samples, read_data
from tinykit.sizes import parse_size
from tinykit.sources import find_source
from tinykit.targets import open_target

T = TypeVar("T")


@dataclass(frozen=True)
class Built:
    """A model made into a firmware for one board."""

    project: Project
    graph: Graph
    firmware: Firmware


class Bench:
    """Makes firmwares in `folder`, each once, and opens them. Nothing here is run before a test asks for it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._built: dict[tuple[str, str], Built] = {}
        self._flashed: dict[str, Built] = {}

    @contextmanager
    def open(self, model: str | Path, board: str, target: str) -> Iterator[Dut]:
        """The device under test; what it opened is closed at the end. Raises TinykitError when `model` cannot be built."""
        built = self._build(model, board)
        dut = Dut(built, target, flash=self._flashed.get(target) is not built)
        try:
            yield dut
        finally:
            if not dut.to_flash:
                self._flashed[target] = built
            elif dut.opened:
                self._flashed.pop(target, None)
            dut.close()

    def _build(self, model: str | Path, board: str) -> Built:
        key = str(model), board
        if key not in self._built:
            folder = self._folder / f"{len(self._built)}"
            folder.mkdir()
            plan = folder / "plan.json"
            pipeline.plan(model, board=board, out=plan)
            pipeline.render(plan, out=folder / "project")
            pipeline.build(folder / "project")
            project = open_project(folder / "project")
            self._built[key] = Built(project, load(project.model), read_firmware(project.elf, project.prefix))
        return self._built[key]


class Dut:
    """A model's firmware on one board and target. It starts with the first test that needs it, and anew after a failure."""

    def __init__(self, built: Built, target: str, *, flash: bool = True) -> None:
        self.board = built.project.board.id
        self.target = target
        self.project = built.project.folder
        self._built = built
        self.to_flash = flash  # before it is opened: a firmware that faulted or hangs is deaf until it is started anew
        self._open: ExitStack | None = None
        self._device: Device | None = None
        self._measured: Validation | None = None
        self._properties: dict[str, Any] = {}
        self.opened = False

    @property
    def device(self) -> Device:
        """The device itself: `write`, `invoke`, `read`, `run`, `profile`."""
        if self._device is None:
            project, stack = self._built.project, ExitStack()
            target = open_target(
                self.target,
                project.board,
                project.folder,
                prefix=project.prefix,
                sha256=self._built.graph.sha256,
                firmware=self._built.firmware,
                flash=self.to_flash,
            )
            self.opened = True
            self._device = stack.enter_context(target)
            self._open, self.to_flash = stack, False
        return self._device

    @property
    def info(self) -> DeviceInfo:
        """What the firmware says of itself: tensors, arena, hash."""
        return self.device.info

    def close(self) -> None:
        """Stop what runs."""
        stack, self._open, self._device = self._open, None, None
        if stack is not None:
            stack.close()

    def run(self, *inputs: Array) -> list[Array]:
        """One inference: an array for each input, in the shape and dtype of `info.inputs`; the list of outputs."""
        return self._working(lambda: self.device.run(inputs))

    def assert_bit_exact(self, n: int = 10, *, data: str | Path | None = None) -> None:
        """Every output byte equals the reference's, on `n` random inputs, or on those of a data file or folder."""
        __tracebackhide__ = True
        graph = self._built.graph
        samples = random_samples(graph, n) if data is None else as_samples(graph, read_data(Path(data)))
        found = self._working(lambda: validate(self.device, self._built.project.model, samples.inputs, count=False))
        self._properties |= {"bytes_compared": found.bytes_compared, "bytes_differing": found.bytes_differing}
        if found.bit_exact is None:
            raise AssertionError(f"{self} could not be verified: {found.why_not}")
        if found.first is not None:
            d = found.first
            raise AssertionError(
                f"{self}: {found.bytes_differing:,} of {found.bytes_compared:,} output bytes differ from {found.reference}; the "
                f"first: input {d.sample}, output {d.output}, byte {d.byte}: {d.found}, not {d.expected}"
            )

    def assert_under(
        self,
        *,
        instructions: int | None = None,
        cycles: int | None = None,
        sram: int | str | None = None,
        arena: int | str | None = None,
        stack: int | str | None = None,
        flash: int | str | None = None,
    ) -> None:
        """The firmware takes no more than this: instructions in a simulator or cycles on hardware, of one inference; bytes of
        SRAM (arena, static data and peak stack), arena, stack and flash, as numbers or as "64k".
        """
        __tracebackhide__ = True
        figures = self._figures()
        limits = {"instructions": instructions, "cycles": cycles, "sram": sram, "arena": arena, "stack": stack, "flash": flash}
        over = []
        for name, limit in limits.items():
            if limit is None:
                continue
            if figures.get(name) is None:
                raise InputError(f"{self} tells no {name}", hint=f"it tells {', '.join(k for k, v in figures.items() if v)}")
            allowed = parse_size(limit) if isinstance(limit, str) else limit
            if figures[name] > allowed:
                over.append(f"{name} {figures[name]:,}, {figures[name] - allowed:,} over {allowed:,}")
        if over:
            raise AssertionError(f"{self}: {'; '.join(over)}")

    def _figures(self) -> dict[str, Any]:
        """Everything that can be asked to be under a limit; measured once."""
        if self._measured is None:
            inputs = random_samples(self._built.graph, 1).inputs
            self._measured = self._working(lambda: validate(self.device, self._built.project.model, inputs))
        found, firmware = self._measured, self._built.firmware
        figures = {
            "arena": firmware.arena,
            "sram": None if found.stack is None else firmware.arena + firmware.static + found.stack,
            "stack": found.stack,
            "flash": firmware.code + firmware.constants,
            **({found.unit: found.count} if found.unit else {}),
        }
        self._properties |= {name: value for name, value in figures.items() if value is not None}
        return figures

    def _working(self, work: Callable[[], T]) -> T:
        """The result of `work`; after a failure the firmware starts anew."""
        try:
            return work()
        except ToolError:
            self.close()
            self.to_flash = True
            raise

    def take_properties(self) -> list[tuple[str, Any]]:
        """What was found out since this was last asked, for a test's report."""
        found, self._properties = self._properties, {}
        return [("model", self._built.project.prefix), ("board", self.board), ("target", self.target), *found.items()]

    def __str__(self) -> str:
        return f"{self._built.project.prefix} on {self.board}, {self.target}"

    __repr__ = __str__


class Golden:
    """The reference interpreter on the int8 model. Raises NoReference where none can be run."""

    def __init__(self, model: str | Path) -> None:
        source = find_source(model)
        quantised = steps.quantise(source, load_config().calibration, steps.read_inputs(source, None), SILENT)
        self._reference = open_reference(quantised.file)
        self.name = self._reference.name

    def __call__(self, *inputs: Array) -> list[Array]:
        """The outputs for one sample: an array for each input."""
        return next(iter(self._reference.run([inputs])))

    def all(self, samples: Sequence[Sequence[Array]]) -> list[list[Array]]:
        """The outputs for each of several samples."""
        return list(self._reference.run(samples))
