"""The emulator: the unmodified firmware on Unicorn's CPU, in exactly the board's memories.

What a board's devices must do for its start-up code stands in the manifest: which status bits follow which control bits,
where the UART and the counter are. Everything else the firmware touches is a fault with address and function.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

import unicorn
from elftools.elf.elffile import ELFFile
from unicorn import arm_const

from tinykit.boards import Board
from tinykit.boards.targets import PAGE, device_pages
from tinykit.boards.values import as_number
from tinykit.builder.firmware import Firmware
from tinykit.harness.device import WireDevice
from tinykit.harness.link import Link
from tinykit.targets import devices
from tinykit.targets.counter import attached, open_counter
from tinykit.targets.errors import TargetError
from tinykit.targets.faults import ARENA, MARK, Faults
from tinykit.targets.replay import trespass

_CPUS = {
    "cortex-m0": arm_const.UC_CPU_ARM_CORTEX_M0,
    "cortex-m3": arm_const.UC_CPU_ARM_CORTEX_M3,
    "cortex-m4": arm_const.UC_CPU_ARM_CORTEX_M4,
    "cortex-m7": arm_const.UC_CPU_ARM_CORTEX_M7,
    "cortex-m33": arm_const.UC_CPU_ARM_CORTEX_M33,
}
_IDLE_POLLS = 3
_NEWLINE = 0x0A
_MARK = MARK.encode()
_AIRCR, _RESET_REQUEST = 0xE000ED0C, 0x05FA0004


class Emulator:
    """A board's firmware in Unicorn, as a byte stream: writing feeds its UART, reading runs it until it waits."""

    patience = 600.0

    def __init__(
        self, board: Board, firmware: Firmware, *, layers: Sequence[str] = (), limit: float = 300.0
    ) -> None:
        """`layers`: the model's, for what is said of a fault; `limit`: seconds without a byte sent or awaited after which the
        firmware counts as hung."""
        self.board = board
        self._data = board.target("emulator")
        self._limit = limit
        self._received = bytearray()
        self.history = bytearray()
        self._sent = bytearray()
        self._idle = 0
        self._waiting = False
        self._reset = False
        self._fault = ""
        self._layer = firmware.symbols.get("tk_layer")
        self.faults = Faults(board, firmware, layers)
        self._counter = open_counter()
        self._uc = unicorn.Uc(unicorn.UC_ARCH_ARM, unicorn.UC_MODE_THUMB | unicorn.UC_MODE_MCLASS)
        self._uc.ctl_set_cpu_model(_CPUS[self._data["cpu"]])
        self._map_memories(firmware.elf)
        self._map_devices()
        invalid = unicorn.UC_HOOK_MEM_INVALID
        self._uc.hook_add(invalid, self._on_fault)
        self._start()

    def write(self, data: bytes) -> None:
        self._received += data
        self.history += data

    def read(self, timeout: float) -> bytes:
        if not self._sent:
            self._run()
        data = bytes(self._sent)
        self._sent.clear()
        return data

    @contextmanager
    def counting(self) -> Iterator[None]:
        """Inside, every instruction is counted and the firmware's counter shows them; outside it stands still."""
        with attached(self._counter, self._uc):
            yield

    def _map_memories(self, elf: Path) -> None:
        uc, flash = self._uc, self.board.flash_memory
        readable = unicorn.UC_PROT_READ | unicorn.UC_PROT_EXEC
        places = [(flash.address, flash.size, readable)]
        alias = self.board.manifest["tinykit"]["flash"].get("alias")
        if alias:
            places.append((as_number(alias), flash.size, readable))
        places += [(m.address, m.size, unicorn.UC_PROT_ALL) for m in self.board.memories]
        for address, size, rights in places:
            uc.mem_map(address, size, rights)
        with elf.open("rb") as file:
            for segment in ELFFile(file).iter_segments():
                if segment["p_type"] != "PT_LOAD" or not segment["p_filesz"]:
                    continue
                if not flash.address <= segment["p_paddr"] <= flash.end - segment["p_filesz"]:
                    raise TargetError(f"the firmware does not lie in the flash of {self.board.id}", hint="build again")
                for base in {flash.address, *([as_number(alias)] if alias else [])}:
                    uc.mem_write(base + segment["p_paddr"] - flash.address, segment.data())

    def _map_devices(self) -> None:
        uart, counter = self._data["uart"], self._data["counter"]
        for page in device_pages(self._data):
            self._uc.mmio_map(page, PAGE, self._load, page, self._store, page)
        self._loads, self._stores = devices.uart(uart["type"], as_number(uart["address"]), self)
        self._loads |= devices.counter(
            counter["type"], as_number(counter["address"]), lambda: self._counter.executed, as_number(counter.get("scale", 1))
        )
        self._registers = devices.Registers(self._data.get("bits", []), self._data.get("reset", {}))

    def _load(self, uc: Any, offset: int, size: int, page: int) -> int:
        device = self._loads.get(page + offset)
        return self._registers.load(page + offset) if device is None else self._guarded(device)

    def _store(self, uc: Any, offset: int, size: int, value: int, page: int) -> None:
        address = page + offset
        if (device := self._stores.get(address)) is not None:
            self._guarded(lambda: device(value) or 0)
            return
        self._registers.store(address, value)
        if address == _AIRCR and value == _RESET_REQUEST:
            self._reset = True
            uc.emu_stop()

    def _guarded(self, device: Callable[[], int]) -> int:
        """What a device answers; what it refuses stops the CPU."""
        try:
            return device()
        except TargetError as error:
            pc = self._uc.reg_read(arm_const.UC_ARM_REG_PC)
            self._fault = f"{error.message}, in {self.faults.function(pc)} (pc {pc:#010x}){self._in_layer()}"
            self._uc.emu_stop()
            return 0

    def pending(self) -> bool:
        """Whether a byte for the firmware waits. If it asks some times in vain, nothing happens until one comes."""
        if not self._received:
            self._idle += 1
            if self._idle >= _IDLE_POLLS:
                self._waiting = True
                self._uc.emu_stop()
        return bool(self._received)

    def next_byte(self) -> int:
        self._idle = 0
        return self._received.pop(0) if self._received else 0

    def send(self, value: int) -> None:
        self._idle = 0
        self._sent.append(value & 0xFF)
        if value == _NEWLINE and _MARK in self._sent:  # nothing more will come
            self._waiting = True
            self._uc.emu_stop()

    def memory_read(self, address: int, size: int) -> bytes:
        self._check_ram(address, size)
        return bytes(self._uc.mem_read(address, size))

    def memory_write(self, address: int, data: bytes) -> None:
        self._check_ram(address, len(data))
        self._uc.mem_write(address, data)

    def _check_ram(self, address: int, size: int) -> None:
        if not any(m.address <= address and address + size <= m.end for m in self.board.memories):
            raise TargetError(f"the firmware has the UART's DMA work on {address:#010x}, which is no RAM of {self.board.id}")

    def _on_fault(self, uc: Any, access: int, address: int, size: int, value: int, user: Any) -> bool:
        kinds = {
            unicorn.UC_MEM_READ_UNMAPPED: "reads at",
            unicorn.UC_MEM_WRITE_UNMAPPED: "writes at",
            unicorn.UC_MEM_WRITE_PROT: "writes read-only memory at",
            unicorn.UC_MEM_FETCH_UNMAPPED: "jumps to",
            unicorn.UC_MEM_FETCH_PROT: "jumps to data",
        }
        pc = uc.reg_read(arm_const.UC_ARM_REG_PC)
        what = f"{kinds.get(access, 'touches')} {address:#010x}"
        if self.faults.overflows(address):
            what = f"overflows its stack ({what})"
        where = f"in {self.faults.function(pc)} (pc {pc:#010x})"
        if access in (unicorn.UC_MEM_FETCH_UNMAPPED, unicorn.UC_MEM_FETCH_PROT):  # the pc is there already
            caller = uc.reg_read(arm_const.UC_ARM_REG_LR)
            where = f"from {self.faults.function(caller)} (lr {caller:#010x})"
        self._fault = f"the firmware {what}, outside the memory of {self.board.id}, {where}{self._in_layer()}"
        return False

    def watch(self, address: int, size: int, side: str) -> None:
        """Stop the first layer that writes to these bytes, which lie `side` (below, behind) the arena."""
        end = address + size - 1
        self._uc.hook_add(unicorn.UC_HOOK_MEM_WRITE, self._on_trespass, side, begin=address, end=end)

    def _on_trespass(self, uc: Any, access: int, address: int, size: int, value: int, side: str) -> None:
        if layer := self._in_layer():
            registers = {"pc": uc.reg_read(arm_const.UC_ARM_REG_PC)}
            self._fault = self.faults.trespass(side, registers, layer).message
            uc.emu_stop()

    def _in_layer(self) -> str:
        """The layer being computed, as the words that end a sentence."""
        return self.faults.layer(int.from_bytes(self._uc.mem_read(self._layer, 4), "little")) if self._layer else ""

    def _registers_now(self) -> str:
        values = {f"r{n}": self._uc.reg_read(arm_const.UC_ARM_REG_R0 + n) for n in range(13)}
        values |= {"sp": self._uc.reg_read(arm_const.UC_ARM_REG_SP), "lr": self._uc.reg_read(arm_const.UC_ARM_REG_LR)}
        return "registers: " + " ".join(f"{name}={value:08x}" for name, value in values.items())

    def _start(self) -> None:
        """Reset: from the vectors, or, where a boot ROM runs the start of the flash in RAM, there."""
        self._registers.reset()
        flash, boot = self.board.flash_memory.address, self._data.get("boot")
        if boot:
            sector, place = bytes(self._uc.mem_read(flash, as_number(boot["bytes"]))), as_number(boot["to"])
            devices.check_boot_sector(sector, self.board.id)
            self._uc.mem_write(place, sector)
            self._uc.reg_write(arm_const.UC_ARM_REG_SP, place)
            self._pc = place
            return
        vectors = bytes(self._uc.mem_read(flash, 8))
        self._uc.reg_write(arm_const.UC_ARM_REG_SP, int.from_bytes(vectors[:4], "little"))
        self._pc = int.from_bytes(vectors[4:], "little")

    def _run(self) -> None:
        """Run until the firmware waits for a byte; a reset on the way starts it anew."""
        self._waiting = False
        self._idle = 0
        while not self._waiting:
            self._reset = False
            try:
                self._emulate()
            except unicorn.UcError as error:
                pc = self._uc.reg_read(arm_const.UC_ARM_REG_PC)
                where = f"{self.faults.function(pc)} (pc {pc:#010x})"
                raise TargetError(
                    self._fault or f"the firmware faults in {where}: {error}{self._in_layer()}",
                    hint=self._registers_now(),
                ) from None
            self._pc = self._uc.reg_read(arm_const.UC_ARM_REG_PC)
            if self._fault:
                raise TargetError(self._fault, hint=self._registers_now())
            if self._reset:
                self._start()
            elif not self._waiting:
                raise TargetError(
                    f"the firmware hangs in {self.faults.function(self._pc)} (pc {self._pc:#010x}){self._in_layer()}: "
                    f"it neither asked for input nor finished in {self._limit:g} s",
                    hint=self._registers_now(),
                )

    def _emulate(self) -> None:
        """Run until something stops the CPU; in a thread of its own, so that this one hears of Ctrl-C."""
        failures: list[unicorn.UcError] = []

        def work() -> None:
            try:
                self._uc.emu_start(self._pc | 1, 0xFFFFFFFE, timeout=round(self._limit * 1_000_000))
            except unicorn.UcError as error:
                failures.append(error)

        thread = threading.Thread(target=work, name="emulator", daemon=True)
        thread.start()
        try:
            thread.join()
        except BaseException:
            self._uc.emu_stop()
            thread.join()
            raise
        if failures:
            raise failures[0]


class EmulatorTarget:
    """Runs a firmware in the emulator while it is entered; entering gives the device."""

    name = "emulator"

    def __init__(
        self, board: Board, firmware: Firmware, *, layers: Sequence[str] = (), limit: float = 300.0
    ) -> None:
        self._board, self._firmware, self._layers, self._limit = board, firmware, layers, limit

    def __enter__(self) -> WireDevice:
        emulator = self._start()

        def on_line(text: str) -> None:
            try:
                emulator.faults.line(text)
            except TargetError as error:
                found = trespass(self._start(), self._firmware.symbols, bytes(emulator.history)) if ARENA in text else None
                raise found or error from None

        link = Link(emulator, on_line)
        scale = as_number(self._board.target("emulator")["counter"].get("scale", 1))
        return WireDevice(link, unit="instructions", scale=scale, counting=emulator.counting, limit=2 * self._limit)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    def _start(self) -> Emulator:
        return Emulator(self._board, self._firmware, layers=self._layers, limit=self._limit)
