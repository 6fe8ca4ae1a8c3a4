# make demo   a virtual environment, tinykit in it, and a trained network on an emulated STM32F746
# make test   the same environment with the test tools, every check, every test
# make test-slow   the same kinds of tests on thousands of random operators, models and damaged files
# make boards   every model in MODELS (a folder of .tflite files, or model families) on every board in every simulator, as a table
# Needs Python 3.10 or newer with venv; no root and no C compiler (a compiler comes from PyPI).

VENV   ?= .venv
BIN    := $(VENV)/bin
# Extra arguments for pytest: make test PYTEST="-k planner"
PYTEST ?=
# Tested versions first: the newest Python may be ahead of TensorFlow.
PYTHON ?= $(firstword $(foreach p,python3.13 python3.12 python3.11 python3.10 python3 python3.14,$(shell \
            command -v $(p) >/dev/null 2>&1 && $(p) -c 'import sys, venv; sys.exit(sys.version_info < (3, 10))' 2>/dev/null && echo $(p))))

.PHONY: demo test test-slow boards check c-check clean

demo: $(VENV)/.installed
	$(BIN)/tinykit deploy --board stm32f746

test: check
	$(BIN)/python -m pytest -n 2 --dist worksteal $(PYTEST)

# Thousands of random cases more, damaged files, and every board and family: each kernel is compiled once.
test-slow: $(VENV)/.installed-dev
	$(BIN)/python -m pytest -n 2 --dist worksteal -m slow $(PYTEST)

# Ten public models: 15 minutes of processor time in the emulator, and as much again in QEMU.
MODELS ?= $(wildcard models/*/)
boards: $(VENV)/.installed-dev
	$(BIN)/python -m benchmarks.boards $(MODELS) --jobs 2 $(SHARE)

check: $(VENV)/.installed-dev c-check
	$(BIN)/ruff check
	$(BIN)/mypy

# Every kernel and harness source with every compiler there is, warnings as errors; then clang-tidy, where it is installed.
c-check: $(VENV)/.installed-dev
	$(BIN)/python tests/c_warnings.py
	$(BIN)/python -m tests.c_tidy

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "tinykit needs Python 3.10 or newer with venv: apt install python3-venv" >&2; exit 2; }
	@$(PYTHON) -m ensurepip --version >/dev/null 2>&1 || \
	  { echo "$(PYTHON) cannot make virtual environments: apt install python3-venv" >&2; exit 2; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(VENV)/.installed-dev: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	@touch $@ $(VENV)/.installed

clean:
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
