# Two commands on a fresh machine: `make demo` and `make test`. Each makes .venv by itself.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test test-long fuzz load kills matrix lint clean setup

demo: setup  ## train the embedded default on the bundled export and show its replies before and after
	$(BIN)/doppel train

test: setup lint  ## the whole gate
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -m "not slow" --numprocesses auto --maxprocesses 4 --dist loadfile

test-long: setup  ## the long checks: the full matrix and the real model
	$(BIN)/python -m pytest -m slow

fuzz: setup  ## damaged exports: 100,000 of every format, hours; `make fuzz FORMATS="slack vk" CASES=5000` for fewer
	$(BIN)/python -m tests.fuzz --cases $(or $(CASES),100000) --processes 2 $(FORMATS)

kills: setup  ## runs killed at random moments under every strategy, each to end as if it had not; `make kills KILLS=20 STRATEGIES=ddp`
	$(BIN)/python -m tests.kills --kills $(or $(KILLS),100) $(STRATEGIES)

matrix: setup  ## every adapter, precision and strategy together, two steps each, into conf/MATRIX.md: an hour; `make matrix ONLY=strategy=fsdp` for some
	$(BIN)/python -m tests.matrix $(if $(ONLY),--only $(ONLY),--write)

load: setup  ## doppel serve with 50 clients at once for five minutes, each checking that the replies are its own
	$(BIN)/python -m tests.load

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/basedpyright
	$(BIN)/lint-imports
	$(BIN)/vulture

setup: .venv/installed

# torch comes first and alone: where a CPU build lies on disk, its exact version is what finds it.
.venv/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt torch
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".[dev]"
	touch $@

clean:
	rm -rf .venv
