# Everything from a bare checkout: Python 3.11 or later and make are enough (make PYTHON=python3.12 to choose one).
PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
DATA := $(or $(GUANXI_DATA),instance)
SOURCES := pyproject.toml package-lock.json hatch_build.py
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run test lint bench bench-access docs clean

help: ## Print these targets
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 10

run: $(VENV)/run.stamp ## Serve Guanxi, with a demo firm in it if there is no data yet
	@if [ ! -e '$(DATA)/guanxi.db' ] && [ -z "$$GUANXI_DATABASE_URL" ]; then $(BIN)/guanxi demo; \
	elif [ -f '$(DATA)/demo-sign-ins.txt' ]; then echo 'Sign-ins are in $(DATA)/demo-sign-ins.txt'; fi
	@echo 'Guanxi is at http://$(HOST):$(PORT) until you press Ctrl-C'
	@exec $(BIN)/guanxi serve --host $(HOST) --port $(PORT)

test: $(VENV)/dev.stamp ## Run all tests, real browser and PostgreSQL included (ARGS= goes to pytest)
	@$(BIN)/python tests/real/browser_setup.py
	@$(BIN)/python tests/real/dovecot_setup.py
	$(BIN)/pytest -n auto $(ARGS)

lint: $(VENV)/dev.stamp ## Check style, formatting and who imports whom
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports --no-logo --no-cache

bench: $(VENV)/dev.stamp ## Measure against the floor and print the table
	$(BIN)/python -m bench $(ARGS)

bench-access: $(VENV)/dev.stamp ## Measure members of teams beside an administrator
	$(BIN)/python -m bench.access $(ARGS)

docs: $(VENV)/dev.stamp ## Write the generated parts of docs/ anew
	$(BIN)/python -m docs

clean: ## Remove what was built or installed here, never data
	rm -rf $(VENV) static/vendor tests/real/vendor build dist .*_cache
	find . -name __pycache__ -prune -exec rm -rf {} +

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Guanxi needs Python 3.11 or later: make PYTHON=…")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/run.stamp: $(BIN)/python $(SOURCES)
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(VENV)/dev.stamp: $(BIN)/python $(SOURCES)
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	@touch $@ $(VENV)/run.stamp
