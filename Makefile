# Every target sets up what it needs; nothing has to be installed first but Python 3.11 or 3.12.

PYTHON ?= $(shell for p in python3 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 13))' 2>/dev/null \
	&& echo $$p && break; done || echo python3)
BOOTSTRAP = $(or $(PYTHON),python3) -m voiceassets.runtime.bootstrap
PY = .venv/bin/python
RUNTIME = $(PY) -m voiceassets.runtime
# Checks import the settings, so they get the values of the private stack; it need not run.
WITH_ENV = $(RUNTIME) exec
# One target starts dozens of programs; without kept bytecode each of them compiles everything anew.
export PYTHONDONTWRITEBYTECODE =

.PHONY: help demo up down test check bench fuzz lock clean

help: ## say what each target does
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 10

demo: ## watch one recording travel the whole house (RECORDING=… TRANSCRIPT=… for your own)
	@$(BOOTSTRAP)
	@$(RUNTIME) demo $(if $(RECORDING),--recording "$(RECORDING)") \
		$(if $(TRANSCRIPT),--transcript "$(TRANSCRIPT)")

up: ## start everything under var/ and serve until Ctrl-C
	@$(BOOTSTRAP)
	@$(RUNTIME) up

down: ## stop what `make up` started
	@if [ -x $(PY) ]; then $(RUNTIME) down; else echo "Voice Assets is not set up."; fi

test: ## pass the tests against a real PostgreSQL and Redis
	@$(BOOTSTRAP) --dev
	@OMP_NUM_THREADS=1 $(PY) -m pytest --numprocesses=auto --maxprocesses=4 \
		--dist=worksteal $(ARGS)

check: ## lint, types, import contracts, migrations, API drift
	@$(BOOTSTRAP) --dev
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(WITH_ENV) $(PY) -m mypy
	$(WITH_ENV) .venv/bin/lint-imports
	$(WITH_ENV) $(PY) manage.py makemigrations --check --dry-run
	$(WITH_ENV) $(PY) manage.py openapi --check

bench: ## measure the engine and the platform on this machine
	@$(BOOTSTRAP) --dev
	@$(PY) -m tests.benchmarks $(ARGS)

fuzz: ## send 20,000 requests made from the OpenAPI document (ARGS="--each 5" for few)
	@$(BOOTSTRAP) --dev
	@$(PY) -m tests.fuzz $(ARGS)

lock: ## make the lock files fit pyproject.toml again (UPGRADE=1 takes the newest versions)
	@$(BOOTSTRAP)
	@$(PY) -m voiceassets.runtime.lock $(if $(UPGRADE),--upgrade)

clean: down ## remove .venv, caches and build output; var/ with its data stays
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
