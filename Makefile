# The two commands that matter: `make run` and `make test`. `make` alone lists them all.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet

.DEFAULT_GOAL := help
.PHONY: help run test check format bench soak requirements clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(VENV)/local ## Make the ten pictures of batch.json offline: no key, no account, no network
	@$(BIN)/imagegen run batch.json --offline

test: $(VENV)/test check ## Run the formatter, the linter, the type checker and all tests
	@$(BIN)/python -m pytest

check: $(VENV)/test ## Formatter, linter and type checker alone
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy

format: $(VENV)/test ## Format the code and mend what the linter can mend
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: $(VENV)/test ## Measure: every figure a ratio taken side by side
	@$(BIN)/python -m benchmarks

soak: $(VENV)/test ## The long form of the fault-injection and hostile-input suites (some ten minutes)
	@$(BIN)/python -m tests.reliability.soak

requirements: $(VENV)/test ## Pin the requirements anew, with hashes and without any registry's address
	@$(BIN)/pip-compile --quiet --no-header --strip-extras --generate-hashes --no-emit-options \
		--allow-unsafe --extra local --output-file requirements.txt pyproject.toml
	@$(BIN)/pip-compile --quiet --no-header --strip-extras --generate-hashes --no-emit-options \
		--allow-unsafe --extra local --extra test --constraint requirements.txt \
		--output-file requirements-test.txt pyproject.toml

clean: ## Remove the virtual environment and the caches; pictures stay
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache *.egg-info

$(VENV)/local: requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed; set PYTHON=")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing into $(VENV) …"
	@$(PIP) --require-hashes -r requirements.txt
	@$(PIP) --no-deps --editable .
	@touch $@

$(VENV)/test: $(VENV)/local requirements-test.txt
	@$(PIP) --require-hashes -r requirements-test.txt
	@rm -rf .mypy_cache  # it remembers what was not installed
	@touch $@
