# Two commands set everything up: `make tour` shows mcred at work, `make test` runs all tests.
# Needs python3 (3.11 or newer), git and make; everything else goes into .venv.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

# Tests make and remove a great many small files: in memory, where there is room and programs may run.
ROOM = $(shell t=/dev/shm/mcred-$$$$; df -Pk /dev/shm 2>/dev/null | awk 'END {exit NR < 2 || $$4 < 4e6}' && \
  cp "$$(command -v ls)" $$t && $$t / >/dev/null && echo /dev/shm; rm -f $$t)
PYTEST = $(addprefix TMPDIR=,$(ROOM)) $(BIN)/pytest

.PHONY: tour test quick brief kills golden check lint types schema helpers verifiers forges browser install dev clean

tour: $(VENV)/installed
	$(BIN)/mcred tour $(TOUR)

test: $(VENV)/dev helpers
	$(PYTEST) -n auto --dist worksteal

# What some tests ask beside Python: other people's verifiers, a live GitHub that keeps state, what drives a browser.
# They are installed where npm is; where it is not, those tests are skipped and named at the end.
helpers:
	@command -v npm >/dev/null || { echo "npm is not installed: tests that need it will be skipped"; exit 0; }; \
	  for name in verifiers emulate browser; do \
	    [ tests/$$name/node_modules/.package-lock.json -nt tests/$$name/package-lock.json ] || \
	      npm ci --silent --ignore-scripts --prefix tests/$$name || exit 1; \
	  done

# Values, formats and use cases, in under a minute on two processors: longer than that it fails.
QUICK := tests/domain tests/formats tests/app tests/test_layers.py
quick: $(VENV)/dev
	@MCRED_TESTS=quick $$(command -v timeout >/dev/null && echo timeout 60) env $(PYTEST) -n auto --dist worksteal -m "not slow" $(QUICK) || { \
	  code=$$?; [ $$code -ne 124 ] || echo "make quick took more than a minute; a test there belongs to another layer"; exit $$code; }

# Store the texts for people as they are now; read the difference before you commit it.
golden: $(VENV)/dev
	MCRED_GOLDEN=1 $(PYTEST) tests/cli/test_tour.py tests/cli/test_help_texts.py

# Everything that does not take long, in every layer.
brief: $(VENV)/dev
	$(PYTEST) -n auto --dist worksteal -m "not slow"

# Every command that writes, stopped at every write and message and typed again; prints what came of it. More
# than an hour on two processors; `make kills ONE_OF=10` tries each tenth point.
ONE_OF ?= 1
kills: $(VENV)/dev
	KILLS_ONE_OF=$(ONE_OF) $(PYTEST) -n auto --dist worksteal tests/kills

check: lint types test

lint: $(VENV)/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/dev
	$(BIN)/mypy

schema: $(VENV)/dev
	$(BIN)/python -m mcred.formats.schema docs/schema
	$(BIN)/python -m mcred.app.answers.schema docs/schema/answers

# Other people's verifiers of Open Badges, in the versions that tests/verifiers/package-lock.json names.
verifiers: $(VENV)/dev helpers
	$(PYTEST) -n auto --dist worksteal -m verifiers

# A live GitHub that keeps state, in the version that tests/emulate/package-lock.json names.
forges: $(VENV)/dev helpers
	$(PYTEST) -n auto --dist worksteal -m forges

# The pages in a real Chromium; where none is installed the tests say so and are skipped.
browser: $(VENV)/dev helpers
	$(PYTEST) -n 0 -m browser

install: $(VENV)/installed

dev: $(VENV)/dev

# Debian and Ubuntu keep what `venv` needs in a package of its own.
$(BIN)/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "mcred needs Python 3.11 or newer: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -m venv $(VENV) >/dev/null 2>&1 || { \
	  rm -rf $(VENV); \
	  echo "Installing python3-venv, which this Python lacks ..."; \
	  as_root=""; [ "$$(id -u)" = 0 ] || as_root=sudo; \
	  { $$as_root apt-get update -qq && $$as_root apt-get install -y -qq python3-venv; } >/dev/null && \
	  $(PYTHON) -m venv $(VENV); } || \
	  { echo "Please install the package python3-venv, then type the same command again."; exit 1; }
	@# The commands that the pip of Python 3.11 makes load `re` at each start.
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade pip || \
	  echo "pip stays as this Python brought it; commands start a little slower"

$(VENV)/installed: pyproject.toml | $(BIN)/pip
	$(BIN)/pip install --quiet --disable-pip-version-check -e .
	@touch $@

$(VENV)/dev: pyproject.toml | $(BIN)/pip
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@ $(VENV)/installed

clean:
	rm -rf $(VENV) build dist site .mypy_cache .ruff_cache .hypothesis
