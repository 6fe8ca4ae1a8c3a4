"""Kernels against `tflite_micro`, many single-operator models in one C program under the sanitizers.

Row kernels are called row by row (or on all rows as one, where the planner may) and each row in pieces, on inputs that
lie alone on the heap, so that a wrong column range or a byte read too far shows.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from tests.support.objects import KERNELS, kernel_objects
from tests.support.reference import runtime
from tinykit.builder.host import host_compiler
from tinykit.graph.ir import Tensor
from tinykit.graph.reader import parse
from tinykit.ops.base import Core, Kernel, Node, Operator, ctype_of
from tinykit.renderer.constants import Constants
from tinykit.renderer.text import array_lines

CORE = Core("host", dsp=True)
PORTABLE = (0,)
"""The paths of a kernel that has no other."""


@dataclass(frozen=True)
class Case:
    """A model of one operator, the values of its inputs, and optionally the kernel to take instead of the preferred.

    With `runs`, the inputs have one more axis in front: what each inference in a row is given, and what it gives.
    """

    operator: Operator
    model: bytes
    inputs: Sequence[np.ndarray]
    kernel: str = ""
    runs: int = 0

    @cached_property
    def node(self) -> Node:
        graph = parse(self.model, name="case", source="case.tflite")
        return Node(graph, graph.ops[0])

    @cached_property
    def chosen(self) -> Kernel:
        if self.kernel:
            return next(k for k in (*self.operator.kernels, *self.operator.reducers) if k.name == self.kernel)
        return self.operator.kernel(self.node, CORE)


def assert_exact(cases: Iterable[Case], paths: Sequence[int] = (0, 1)) -> set[str]:
    """Every byte of every case equals the reference's on the portable and the DSP path; gives the kernels that ran."""
    cases = list(cases)
    for case in cases:
        case.operator.check(case.node)
        assert case.operator.infer(case.node) == (case.node.output.shape,)
    wanted = [reference(case.model, case.inputs, case.runs) for case in cases]
    for dsp in paths:
        for case, result, right in zip(cases, run(cases, dsp), wanted, strict=True):
            where = f"{case.chosen.name}, TK_DSP={dsp}: {describe(case.node)}"
            np.testing.assert_array_equal(exactly(result), exactly(right), where)
    return {case.chosen.name for case in cases}


def exactly(values: np.ndarray) -> np.ndarray:
    """Reals as their bits, so that -0 is not 0."""
    return np.ascontiguousarray(values).view(np.uint32) if values.dtype == np.float32 else values


def describe(node: Node) -> str:
    tensors = [node.graph.tensors[t] for t in (*node.op.inputs, *node.op.outputs) if t is not None]
    return f"{node.op.kind} {dict(node.attrs)} " + ", ".join(f"{t.shape} {t.quant}" for t in tensors)


def reference(model: bytes, inputs: Sequence[np.ndarray], runs: int = 0) -> np.ndarray:
    """The output of the tflite_micro interpreter, or those of `runs` inferences."""
    interpreter = runtime().Interpreter.from_bytes(model, arena_size=1 << 19)
    if runs:
        return np.stack([_infer(interpreter, [values[n] for values in inputs]) for n in range(runs)])
    return _infer(interpreter, inputs)


def _infer(interpreter: Any, inputs: Sequence[np.ndarray]) -> np.ndarray:
    for index, values in enumerate(inputs):
        interpreter.set_input(values, index)
    interpreter.invoke()
    return np.array(interpreter.get_output(0))


def run(cases: Sequence[Case], dsp: int) -> list[np.ndarray]:
    """The outputs of our kernels, compiled for this computer."""
    rng = np.random.default_rng(len(cases))
    sources = sorted({case.chosen.source for case in cases})
    text = '#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n#include "tk_rows.h"\n'
    text += "".join(f'#include "{source}.h"\n' for source in sources)
    text += "\n".join(c_function(n, case, rng) for n, case in enumerate(cases))
    text += "\nint main(void) { " + " ".join(f"case{n}();" for n in range(len(cases))) + " return 0; }\n"
    with tempfile.TemporaryDirectory() as folder:
        data = np.frombuffer(_output(Path(folder), text, sources, dsp), np.int8)
    outputs = [case.node.output for case in cases]
    ends = np.cumsum([max(case.runs, 1) * output.bytes for case, output in zip(cases, outputs, strict=True)])
    parts = np.split(data, ends[:-1])
    shapes = [(case.runs,) * (case.runs > 0) + output.shape for case, output in zip(cases, outputs, strict=True)]
    return [
        part.view(output.dtype.numpy).reshape(shape) for part, output, shape in zip(parts, outputs, shapes, strict=True)
    ]


def _output(folder: Path, text: str, sources: Sequence[str], dsp: int) -> bytes:
    (folder / "cases.c").write_text(text)
    sanitized = (*host_compiler(), "-std=c11", "-O1", "-g", f"-fsanitize={_sanitizers()}", "-fno-sanitize-recover=all")
    objects = kernel_objects((*sanitized, f"-DTK_DSP={dsp}"), sources)
    _compile("-O0", "-c", f"-I{KERNELS}", "cases.c", at=folder)
    _compile(f"-fsanitize={_sanitizers()}", "cases.o", *objects, "-o", "cases", at=folder)
    ran = subprocess.run([folder / "cases"], capture_output=True, env={**os.environ, "ASAN_OPTIONS": "detect_leaks=0"})
    assert ran.returncode == 0, ran.stderr.decode(errors="replace")
    return ran.stdout


def _sanitizers() -> str:
    return "undefined" if "ziglang" in host_compiler() else "address,undefined"


def _compile(*arguments: str, at: Path) -> None:
    subprocess.run([*host_compiler(), "-std=c11", *arguments], cwd=at, check=True, stdout=sys.stderr)


def c_function(n: int, case: Case, rng: np.random.Generator) -> str:
    """C that runs case n and writes its output to stdout."""
    node, kernel = case.node, case.chosen
    constants = Constants(f"case{n}")
    params = kernel.params(node)
    fields = ", ".join(f".{name} = {value}" for name, value in constants.initialisers(0, params))
    size = node.output.bytes
    lines = [f"_Alignas({a.align}) static const {a.ctype} {a.name}[] = {{ {' '.join(a.lines)} }};" for a in constants.arrays]
    lines.append(f"static const {params.ctype} params{n} = {{ {fields} }};")
    ports = dict(zip((p.tensor for p in node.graph.inputs), case.inputs, strict=True))
    for tensor, values in ports.items():
        lines.append(f"static const {ctype_of(values)} in{n}_{tensor}[] = {{ {' '.join(array_lines(values))} }};")
    lines.append(f"static void case{n}(void)\n{{\nint8_t *out = malloc({size});")
    graph = node.graph
    for tensor in (*ports, *graph.variables):
        lines.append(f"int8_t *t{tensor} = malloc({graph.tensors[tensor].bytes});")
    for tensor in graph.variables:
        lines.append(f"memset(t{tensor}, {_first_byte(graph.tensors[tensor])}, {graph.tensors[tensor].bytes});")
    lines.append(f"void *scratch = malloc({max(kernel.scratch(node), 1)});")
    lines.append(f"for (int run = 0; run < {max(case.runs, 1)}; ++run) {{")
    for tensor in ports:
        size_in = graph.tensors[tensor].bytes
        lines.append(f"memcpy(t{tensor}, (const int8_t *)in{n}_{tensor} + run * {size_in}, {size_in});")
    if kernel in case.operator.reducers:
        lines += _reducer_calls(n, case, rng)
    else:
        lines += _row_calls(n, case, rng) if kernel.rows else [_tensor_call(n, case)]
    lines.append(f"fwrite(out, 1, {size}, stdout);\n}}\nfree(out);\nfree(scratch);")
    lines += [f"free(t{tensor});" for tensor in (*ports, *graph.variables)]
    return "\n".join([*lines, "}"])


def _first_byte(variable: Tensor) -> int:
    assert variable.initial is not None
    return int(variable.initial.astype(variable.dtype.numpy).reshape(-1)[:1].view(np.int8)[0])


def _variables(node: Node) -> list[tuple[int, int]]:
    """(index, tensor) of the inputs that are not constants."""
    return [(i, t) for i, t in enumerate(node.op.inputs) if t is not None and not node.graph.is_constant(t)]


def _tensor_call(n: int, case: Case) -> str:
    inputs = ", ".join(f"t{tensor}" for _, tensor in _variables(case.node))
    return f"const int8_t *inputs[] = {{ {inputs} }};\n{case.chosen.name}(&params{n}, inputs, out, scratch);"


def _any_width(case: Case) -> bool:
    """Whether one call may serve all rows."""
    regions = [case.operator.region(case.node, index) for index, _ in _variables(case.node)]
    return case.chosen.any_width and all(region is not None and region.pointwise for region in regions)


def _row_calls(n: int, case: Case, rng: np.random.Generator) -> list[str]:
    node, out = case.node, case.node.output
    channels = out.shape[-1] if out.shape else 1
    rows = 1 if _any_width(case) and rng.integers(2) else out.rows
    width = out.elements // channels // rows
    pointers, gathers = 0, []
    for index, tensor in _variables(node):
        region, value = case.operator.region(node, index), node.graph.tensors[tensor]
        assert region is not None
        first = f"y * {region.rows.stride} - {region.rows.before}"
        rows_read, spread = region.rows.extent, region.rows.spread
        window = f"tk_ceil({first}, {spread}), {(rows_read - 1) // spread + 1}, {value.rows}, {value.row_bytes}"
        gathers.append(f"tk_rows(rows + {pointers}, t{tensor}, {window});")
        gathers.append(f"tk_spread_rows(rows + {pointers}, {first}, {rows_read}, {spread});")
        pointers += region.rows.extent
    cuts = sorted({0, width, *rng.integers(0, width + 1, 2).tolist()})
    pixel = channels * out.dtype.size
    pieces = [
        f"{case.chosen.name}(&params{n}, rows, out + (y * {width} + {x0}) * {pixel}, {x0}, {x1}, scratch);"
        for x0, x1 in pairwise(cuts)
    ]
    return [f"for (int y = 0; y < {rows}; ++y) {{\nconst int8_t *rows[{pointers}];", *gathers, *pieces, "}"]


def _reducer_calls(n: int, case: Case, rng: np.random.Generator) -> list[str]:
    """Pieces of the input, each alone on the heap, in whole pixels where the kernel wants them."""
    ((_, tensor),) = _variables(case.node)
    value = case.node.graph.tensors[tensor]
    step = 1 if case.chosen.any_width else value.shape[-1]
    cuts = sorted({0, value.elements, *(step * rng.integers(0, value.elements // step + 1, 3)).tolist()})
    lines = [f"memset(scratch, 0, {case.chosen.scratch(case.node)});"]
    for first, end in pairwise(cuts):
        lines.append(f"{{ int8_t *piece = malloc({end - first});\nmemcpy(piece, t{tensor} + {first}, {end - first});")
        lines.append(f"{case.chosen.name}_add(&params{n}, piece, {first}, {end - first}, scratch);\nfree(piece); }}")
    return [*lines, f"{case.chosen.name}_finish(&params{n}, scratch, out);"]
