# The two commands that matter: `make demo` and `make test`. `make help` lists them all.
.DEFAULT_GOAL := help
.PHONY: help demo install install-dev validators system check test test-quick bench assets lock clean

VENV := .venv
BIN := $(VENV)/bin
HOME_DIR ?= demo-data
PORT ?= 8000
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
ONCE_MORE := --reruns 1 --max-suite-reruns 4 --rerun-show-tracebacks -raR  # for a browser alone: docs/decisions/0006

help: ## Say what each command does
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

demo: install ## Set up everything and run the demo project (PORT=8000 HOME_DIR=demo-data RESET=1)
	@exec $(BIN)/fairwatt demo --home "$(HOME_DIR)" --port $(PORT) $(if $(RESET),--reset)

install: $(VENV)/.installed ## Install the product into .venv
install-dev: $(VENV)/.installed-dev ## Install the product and the workshop into .venv

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Fairwatt needs Python 3.11 or newer; $$(python3 --version 2>&1 || echo no python3) was found. Install it, or run: make demo PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "Python's venv module is missing; on Debian: apt-get install python3-venv" >&2; exit 1; }

$(VENV)/.installed: requirements.lock pyproject.toml | $(BIN)/python
	@echo "Installing Fairwatt into $(VENV) (a minute or two, only this once) …"
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.installed-dev: requirements-dev.lock pyproject.toml | $(BIN)/python
	@echo "Installing Fairwatt and its workshop into $(VENV) …"
	@mkdir -p build && sed -n '/^uv==/,/[^\\]$$/p' requirements-dev.lock > build/uv.lock
	@$(PIP) install --require-hashes -r build/uv.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements-dev.lock \
		|| $(PIP) install --require-hashes -r requirements-dev.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@ $(VENV)/.installed

$(VENV)/.installed-bench: requirements-bench.lock | install-dev
	@echo "Installing the readers to compare with into $(VENV) …"
	@$(PIP) install --require-hashes -r requirements-bench.lock
	@touch $@

validators: $(VENV)/validators/.installed ## Install the official validators of metadata into an environment of their own

$(VENV)/validators/.installed: requirements-validators.lock requirements-standards.lock | install-dev
	@echo "Installing the official validators of metadata into $(VENV)/validators …"
	@$(BIN)/uv venv --quiet --clear --python $(BIN)/python $(VENV)/validators
	@$(BIN)/uv pip install --quiet --python $(VENV)/validators/bin/python --require-hashes -r requirements-validators.lock
	@$(BIN)/uv pip install --quiet --python $(VENV)/validators/bin/python --no-deps --require-hashes -r requirements-standards.lock
	@touch $@

system: ## Install Chromium, PostgreSQL and R for the tests, from Debian's packages where absent
	@.ci/system

check: install-dev ## Lint, type-check, and keep the arrows of the house
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@mkdir -p build/check && FAIRWATT_HOME=build/check FAIRWATT_SECRET_KEY=type-check-only $(BIN)/mypy
	@$(BIN)/lint-imports

test: install-dev validators system check ## Run every test: both databases, the real browser
	$(BIN)/pytest -n 2 --dist worksteal -m "not browser"
	$(BIN)/pytest -n 3 --dist worksteal -m browser $(ONCE_MORE)  # browsers mostly wait
	$(BIN)/python tests/with_postgresql.py $(BIN)/pytest -n 2 --dist worksteal -m "not browser and not one_database" tests/records tests/services tests/api tests/portal tests/cli/test_command_line.py tests/cli/test_home.py tests/test_setting_up.py

test-quick: install-dev ## Run the tests that need no browser, on SQLite
	$(BIN)/pytest -n 2 -m "not browser"

bench: install-dev $(VENV)/.installed-bench ## Measure against the figures and the peers; writes docs/reference/benchmarks.md
	@$(BIN)/python -m bench

assets: ## Build the front end's sources into src/fairwatt/portal/static (needs Node; users don't)
	@cd assets && npm ci --no-audit --no-fund && npm run build

lock: install-dev ## Resolve the dependencies anew
	$(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --extra build --extra dev --generate-hashes --no-emit-index-url --no-annotate --no-header --upgrade -q -o requirements-dev.lock
	$(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --extra build --generate-hashes --no-emit-index-url --no-annotate --no-header -c requirements-dev.lock -q -o requirements.lock
	$(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --extra build --extra bench --generate-hashes --no-emit-index-url --no-annotate --no-header -c requirements-dev.lock -q -o requirements-bench.lock
	$(BIN)/uv pip compile --group pyproject.toml:validators --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header -q -o requirements-validators.lock
	$(BIN)/uv pip compile --no-deps --group pyproject.toml:standards --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header -q -o requirements-standards.lock

clean: ## Remove what was built here, not the demo's data
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache assets/node_modules
