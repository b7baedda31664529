# `make help` lists what there is to do. Needed on the machine: make, and Python 3.11 or later with venv.
PYTHON ?= python3
BIN := .venv/bin
INSTALL := $(BIN)/pip install -qq --disable-pip-version-check -c constraints.txt
PINS := pyproject.toml constraints.txt

.DEFAULT_GOAL := help
.PHONY: demo test test-all check fix bench chaos clean help

demo: .venv/run.stamp ## show the product at work, with invented papers and a mail server of its own
	@$(BIN)/hub demo

test: .venv/dev.stamp .venv/browser.stamp ## run the tests on all cores, with the coverage floor
	@$(BIN)/pytest --cov -n auto --dist worksteal

test-all: .venv/dev.stamp .venv/browser.stamp ## the same, with the tests of the command on PostgreSQL too
	@HUB_TEST_ALL=1 $(BIN)/pytest -n auto --dist worksteal

check: .venv/dev.stamp ## run every gate that reads code without running it
	@$(BIN)/ruff format --check --quiet --output-format concise
	@$(BIN)/ruff check --quiet --output-format concise
	@$(BIN)/mypy
	@for tests in plugins/*/tests examples/*/tests; do $(BIN)/mypy "$$tests" || exit 1; done
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/deptry .

fix: .venv/dev.stamp ## format the code and mend what ruff can mend
	@$(BIN)/ruff format
	@$(BIN)/ruff check --fix

bench: .venv/dev.stamp ## measure against the bars (BENCH="startup ..." for some of them)
	@$(BIN)/python -m bench $(BENCH)

chaos: .venv/dev.stamp ## kill, stall and fail everything, part by part (CHAOS="storm point-ingest --anew" for some)
	@$(BIN)/python -m bench.chaos.parts $(CHAOS)

clean: ## remove the environment and all that tools left behind
	rm -rf .venv .chaos .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage .coverage.* build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' Makefile

.venv/bin/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "the hub needs Python 3.11 or later (PYTHON=...)")'
	@$(PYTHON) -m venv .venv

# The stamps make the second time quick; the environment for the tests has all that people run.
.venv/run.stamp: $(PINS) | .venv/bin/pip
	@echo 'installing into .venv ...' >&2
	@$(INSTALL) -e '.[demo,portal]'
	@touch $@

# The tests of the pages use the machine's own browser; where it can be installed it is, else they are named as not run.
.venv/browser.stamp: | .venv/bin/pip
	@command -v chromium >/dev/null || { test "$$(id -u)" = 0 && command -v apt-get >/dev/null \
	  && echo 'installing chromium for the tests of the pages ...' >&2 \
	  && apt-get -qq update && apt-get -qq install -y --no-install-recommends chromium >/dev/null; } || true
	@touch $@

.venv/dev.stamp: $(PINS) | .venv/bin/pip
	@echo 'installing into .venv, with the tools for tests ...' >&2
	@$(INSTALL) -e '.[demo,dev,objects,portal,postgres]'
	@touch .venv/run.stamp $@
