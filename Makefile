.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
# The environment is the project's own: whatever the machine's user configured for uv or pip stays out of it.
export UV_PROJECT_ENVIRONMENT := $(VENV)
# Compiled modules make every start three times faster; some machines turn them off for all programs.
export PYTHONDONTWRITEBYTECODE :=
# A file stays on one process, which makes once what its tests share; in their order, the longest files come early.
PROCESSES := --dist loadfile --no-loadscope-reorder -n

.PHONY: help
help: ## list the targets
	@echo "Essor. Targets:"
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  \033[1m%-13s\033[0m %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(BIN)/uv: requirements/bootstrap.txt
	@echo "Essor: making its own Python environment in $(VENV) ..."
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Essor needs Python 3.11 or later: make PYTHON=python3.12 ..." >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bootstrap.txt
	@touch $@

$(INSTALLED): $(BIN)/uv requirements/dev.txt pyproject.toml
	@echo "Essor: installing what it needs (locked by hash) ..."
	@$(BIN)/uv pip sync --quiet --compile-bytecode --python $(BIN)/python --require-hashes requirements/dev.txt
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

EXPLORER := gateway/explorer/files/.fetched
$(EXPLORER): $(INSTALLED) gateway/explorer/packages.json
	@echo "Essor: fetching the files of the page for browsers (checked by hash) ..."
	@$(BIN)/python gateway/explorer/fetch.py
	@touch $@

.PHONY: install
install: $(INSTALLED) $(EXPLORER)

.PHONY: up
up: install ## start PostgreSQL, both services and the gateway, with demonstration data; Ctrl-C stops all
	@$(BIN)/essor up

.PHONY: test
test: install ## run the tests (about eight minutes on two cores)
	@$(BIN)/python -m pytest -m "not long and not federation" $(PROCESSES) $${ESSOR_TEST_WORKERS:-3}

.PHONY: test-long
test-long: install ## run the long tests: whole machines, killed processes, generated requests
	@$(BIN)/python -m pytest -m long $(PROCESSES) $${ESSOR_TEST_WORKERS:-2}

.PHONY: test-federation
test-federation: install ## compare our plans with those of Hive's planner, and our answers with Hive Gateway's
	@$(BIN)/python -c 'from pathlib import Path; from cli.npm_packages import NpmFolder; [NpmFolder(Path("tests/federation", name)).install() for name in ("planner", "hive")]'
	@$(BIN)/python -m pytest -m federation -n 0 tests/federation

.PHONY: fuzz
fuzz: $(INSTALLED) ## other examples at each run: of the rules' properties, and of requests to every REST door (ESSOR_FUZZ_EXAMPLES: 100)
	@ESSOR_TEST_EXAMPLES=new-examples $(BIN)/python -m pytest tests/services/kernel tests/services/*/domain
	@ESSOR_FUZZ_EXAMPLES=$${ESSOR_FUZZ_EXAMPLES:-100} $(BIN)/python -m pytest tests/fuzz

.PHONY: check
check: $(INSTALLED) ## format, lint, types, layers, migrations, committed schemas
	@echo "format";  $(BIN)/ruff format --check --quiet . || { echo "run: make format" >&2; exit 1; }
	@echo "lint";    $(BIN)/ruff check --quiet .
	@echo "types";   $(BIN)/mypy --no-error-summary
	@echo "layers";  $(BIN)/lint-imports --no-logo > .lint-imports.log || { cat .lint-imports.log; exit 1; }; rm -f .lint-imports.log
	@echo "migrations"; $(BIN)/essor db check
	@echo "committed schemas"; $(BIN)/essor schema --check && $(BIN)/essor openapi --check

.PHONY: format
format: $(INSTALLED) ## format the code and mend what the linter can
	@$(BIN)/ruff check --quiet --fix . || true
	@$(BIN)/ruff format --quiet .

.PHONY: bench
bench: $(INSTALLED) ## run the benchmarks (ratios against a reference in the same run)
	@for file in bench/bench_*.py; do echo "== $$file"; $(BIN)/python $$file || exit 1; done

.PHONY: bench-gateway
bench-gateway: $(INSTALLED) ## compare the gateway with Apollo's and Hive's, then both services with plain Strawberry
	@$(BIN)/python bench/gateway/compare.py $(OPTIONS)
	@$(BIN)/python bench/bench_graphql.py

.PHONY: lock
lock: $(BIN)/uv ## resolve the dependencies again, by hash
	@$(BIN)/uv pip compile --quiet --universal --upgrade --generate-hashes --no-annotate --python-version 3.11 --custom-compile-command "make lock" requirements/bootstrap.in -o requirements/bootstrap.txt
	@$(BIN)/uv pip compile --quiet --universal --upgrade --generate-hashes --python-version 3.11 --custom-compile-command "make lock" pyproject.toml -o requirements/run.txt
	@$(BIN)/uv pip compile --quiet --universal --upgrade --generate-hashes --python-version 3.11 --custom-compile-command "make lock" pyproject.toml --extra dev -c requirements/run.txt -o requirements/dev.txt

.PHONY: clean
clean: ## stop Essor if it runs, and remove what the targets made (not the data in .essor)
	@if [ -x $(BIN)/essor ]; then $(BIN)/essor down || true; fi
	@rm -rf $(VENV) gateway/explorer/files .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .lint-imports.log schema/compose/node_modules bench/gateway/node_modules tests/federation/*/node_modules *.egg-info
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
