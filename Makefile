# Two commands matter on a fresh machine: `make run` and `make test`. Each sets itself up with nothing but Python 3.11-3.13.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

VENV := .venv
BIN := $(VENV)/bin
# The first of these that is 3.11-3.13; `make PYTHON=/path/to/python` overrides it.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null && echo $$p && break; done)
READY := $(VENV)/.ready
CI_READY := $(VENV)/.ready-ci

# The installer brings certificates of its own; where the system has some (a proxy's among them), they count.
ifneq ($(wildcard /etc/ssl/certs/ca-certificates.crt),)
export UV_SYSTEM_CERTS := 1
endif

export DAGSTER_DISABLE_TELEMETRY := 1
export DBT_SEND_ANONYMOUS_USAGE_STATS := 0
export DO_NOT_TRACK := 1

.PHONY: help run test endurance up lint types models card clean lock

help: ## what can be done here
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 10

run: $(READY) ## set up, run everything offline on the bundled sample, say where the results are
	@$(BIN)/observatory run

test: $(READY) ## set up, run all offline checks
	@$(BIN)/python -m pytest -n 2 --dist loadfile -m "not browser and not endurance"
	@echo "All checks passed. Kills, the real daemon, browser, lint and types: .ci/run"

endurance: $(READY) ## the live path, the real daemon, kills at random moments, fuzzing, a simulated year
	@$(BIN)/python -m pytest -n 2 --dist loadfile -m endurance

up: $(READY) ## Dagster (web and daemon) and the dashboards; Ctrl-C stops all
	@$(BIN)/observatory up

lint: $(CI_READY) ## style of Python and SQL, import rules
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/sqlfluff lint warehouse/dbt
	@$(BIN)/lint-imports

types: $(CI_READY) ## static types
	@$(BIN)/mypy

models: $(READY) ## train the text categorisers anew from models/training (two minutes; the results are committed)
	@$(BIN)/python -m models.training.build

card: $(READY) ## measure the model on its gold sets and write the figures into the model card
	@$(BIN)/python -m models.card

clean: ## remove the environment and caches; data stays (remove it yourself: it holds the data of record)
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache *.egg-info build
	find . -name __pycache__ -type d -not -path './data/*' -prune -exec rm -rf {} +

lock: $(READY) ## renew the lock files
	deploy/lock.sh

# A clear word instead of a failing install: the packages have wheels for these versions only.
$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11, 3.12 or 3.13 is needed; found: $$(python3 --version 2>&1 || echo none)"; exit 1; }
	@echo "Setting up $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r deploy/installer.lock

# Bytecode is compiled once here: without it every start of the tools takes about twice as long.
$(READY): requirements.lock pyproject.toml | $(VENV)/bin/python
	@UV_COMPILE_BYTECODE=1 $(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

$(CI_READY): requirements-ci.lock $(READY)
	@UV_COMPILE_BYTECODE=1 $(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements-ci.lock
	@touch $@
