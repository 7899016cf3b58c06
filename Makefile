# Everything happens in .venv: no admin rights, nothing outside this folder.
# `make help` lists what can be done. ARGS="..." is handed on: make run ARGS=demo

VENV   := .venv
PY     := $(VENV)/bin/python
RUN    := $(VENV)/.ready-to-run
DEV    := $(VENV)/.ready-to-develop
ARGS   ?=

# The first Python of 3.11 or later that really starts.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 \
	&& { command -v $$p; break; }; done)

# Where the environment has no pip of its own, the pip of the Python behind it serves.
PIP = $$($(PY) -m pip --version >/dev/null 2>&1 && echo '$(PY) -m pip' \
	|| echo '$(PYTHON) -m pip --python $(PY)')
INSTALL = $(PIP) install -qq --disable-pip-version-check --require-hashes -r

# Makes the checkout importable from anywhere, by a path that survives moving the folder.
define LINK
import os, pathlib, sysconfig
site = pathlib.Path(sysconfig.get_path("purelib"))
site.joinpath("spoc.pth").write_text(os.path.relpath(".", site) + "\n")
endef
export LINK

# Without bytecode spoc takes three times as long to start.
unexport PYTHONDONTWRITEBYTECODE
# A Python named from outside must not lead the environment astray.
unexport PYTHONHOME
unexport PYTHONPATH

LOCK = $(VENV)/bin/uv pip compile pyproject.toml --universal --generate-hashes \
	--no-emit-index-url --no-header --no-annotate --quiet $(ARGS)

.DEFAULT_GOAL := help
.PHONY: help run test test-long test-bench check format-check lint types imports format lock bench soak docs

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "make %-13s %s\n", $$1, $$2}' Makefile

run: $(RUN) ## start spoc (sets up what it needs first)
	@$(PY) -m spoc $(ARGS)

# The benchmarks' own test wants a quiet machine: it has a target of its own.
PYTEST = $(PY) -m pytest -n auto --dist worksteal --ignore=tests/test_bench.py

test: $(DEV) ## run the tests
	@$(PYTEST) -m 'not long' $(ARGS)

test-long: $(DEV) ## run those that do a thing many times, or draw every page
	@$(PYTEST) -m long $(ARGS)

test-bench: $(DEV) ## hold a short run of the benchmarks to their budgets, twice over
	@$(PY) -m pytest -q tests/test_bench.py

check: format-check lint types imports ## format, lint, types and the direction of imports

format-check: $(DEV)
	$(PY) -m ruff format --check .

lint: $(DEV)
	$(PY) -m ruff check .

types: $(DEV)
	$(PY) -m mypy

imports: $(DEV)
	$(PY) -c 'from importlinter.cli import lint_imports_command as lint; lint()'

format: $(DEV) ## put the code into its usual form
	$(PY) -m ruff format .
	$(PY) -m ruff check --fix .

bench: $(DEV) ## run the benchmarks
	@$(PY) -m bench $(ARGS)

soak: $(DEV) ## run the fuzzing and the kills at length, each time another
	@SPOC_SOAK=1 $(PY) -m pytest tests/soak tests/journeys tests/model tests/storage/test_carry.py \
		tests/storage/test_finding.py tests/storage/test_insider.py tests/sync/test_machine.py \
		tests/sync/test_planted.py $(ARGS)

docs: $(DEV) ## draw the pictures of the documents and write their tables again
	@$(PY) docs/tables/make.py
	@$(PY) docs/pictures/make.py

lock: $(DEV) ## write the lock files again (ARGS=--upgrade takes newer versions)
	@test -x $(VENV)/bin/uv || $(PIP) install -qq uv
	$(LOCK) --group dev -o requirements-dev.lock
	$(LOCK) -c requirements-dev.lock -o requirements.lock

$(PY):
	@test -n '$(PYTHON)' || { echo >&2 'spoc needs Python 3.11 or later, and none was found here.' \
		'Install one, or name it: make run PYTHON=/path/to/python3'; exit 1; }
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(v < (3, 11) and \
		"spoc needs Python 3.11 or later; $(PYTHON) is %d.%d." % v[:2])'
	@echo 'Setting up $(VENV) (once; a minute or two) ...'
	@$(PYTHON) -m venv --clear $(VENV) >/dev/null 2>&1 \
		|| $(PYTHON) -m venv --clear --without-pip $(VENV)

$(RUN): requirements.lock pyproject.toml $(PY)
	@$(INSTALL) requirements.lock
	@$(PY) -c "$$LINK"
	@$(PY) -m compileall -q spoc
	@touch $@

$(DEV): requirements-dev.lock $(RUN)
	@$(INSTALL) requirements-dev.lock
	@touch $@
