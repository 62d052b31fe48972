# Needs Python 3.11 and make, nothing else. `make demo` shows everything at work.

PYTHON ?= python3.11
UV ?= uv
BIN := .venv/bin
COMPILE := $(UV) pip compile pyproject.toml --quiet --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-emit-find-links \
	--custom-compile-command "make requirements"

.PHONY: setup setup-local demo up test browser check bench requirements clean
.DELETE_ON_ERROR:

setup: .venv/.dev  ## everything for work on the code
setup-local: .venv/.local  ## what runs the system on this machine

demo: .venv/.local  ## the whole system with sample data, until Ctrl-C
	$(BIN)/python -m deploy.local demo

up: .venv/.local  ## the whole system, empty, until Ctrl-C
	$(BIN)/python -m deploy.local up

test: .venv/.dev .venv/.browser
	$(BIN)/python -m pytest

browser: .venv/.browser  ## a Chromium for the tests of pages

check: .venv/.dev  ## style, format, types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: .venv/.dev  ## measured against the ceilings of this machine
	$(BIN)/python -m tests.bench

requirements:  ## compile the pinned requirements again; needs uv
	$(COMPILE) --output-file requirements.txt
	$(COMPILE) --extra local --output-file requirements-local.txt
	$(COMPILE) --extra local --extra dev --output-file requirements-dev.txt

clean:  ## remove the environment and caches; the data folder stays
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A stamp is written last, and what an interrupted installation left is made anew.
define install
	@if [ -e .venv/.unfinished ]; then $(PYTHON) -m venv --clear .venv; fi
	@touch .venv/.unfinished
	$(BIN)/python -m pip install --quiet --disable-pip-version-check \
		--require-hashes --requirement $<
	@rm .venv/.unfinished
endef

.venv/.local: requirements-local.txt | $(BIN)/pip
	$(install)
	@touch $@

.venv/.dev: requirements-dev.txt | $(BIN)/pip
	$(install)
	@touch $@ .venv/.local

# A Chromium that is there, or the system's own package, or Playwright's download.
.venv/.browser: .venv/.dev
	@$(BIN)/python -m tests.e2e.browser || { [ "$$(id -u)" = 0 ] && \
		apt-get -qq update && apt-get -qq install --no-install-recommends chromium; } \
		|| $(BIN)/python -m playwright install chromium \
		|| echo "There is no browser to be had: tests of pages will be skipped."
	@touch $@

$(BIN)/pip:
	$(PYTHON) -m venv --clear .venv
