# The two commands that matter: `make run` and `make test`. `make` alone lists them all.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(PYTHON) -m tools.install
# TESTS=full runs the slow tests as well.
SLOW := $(if $(filter full,$(TESTS)),-m "slow or not slow")

# They are meant for another Python than the one in .venv.
unexport PYTHONHOME PYTHONPATH PYTHONSAFEPATH

.DEFAULT_GOAL := help
.PHONY: help run test check format coverage bench soak explore mutants requirements clean python installed-run installed-test

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: installed-run ## Make the ten pictures of batch.json offline: no key, no account, no server
	@$(BIN)/imagegen run batch.json --offline

test: installed-test check ## Run the formatter, the linter, the type checker and all tests
	@$(BIN)/python -m pytest $(SLOW)

check: installed-test ## Formatter, linter and type checker alone
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy

format: installed-test ## Format the code and fix what the linter can fix
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

coverage: installed-test ## Run all tests, measure what they run, and hold the branches at 95 %
	@rm -f .coverage .coverage.*
	@$(BIN)/coverage run -m pytest $(SLOW)
	@$(BIN)/coverage combine -q
	@$(BIN)/coverage report
	@$(BIN)/coverage json -q -o - | $(BIN)/python -m tools.branches

bench: installed-test ## Measure: every figure a ratio taken side by side
	@$(BIN)/python -m benchmarks

soak: installed-test ## The long form of the fault-injection and hostile-input suites (a quarter of an hour)
	@$(BIN)/python -m tests.reliability.soak

explore: installed-test ## The long form of the exploration of the claims' protocol (20 minutes of one core)
	@$(BIN)/python -m tests.exploration

mutants: installed-test ## Change the code in one small way after the other, and list what no test notices (an hour)
	@$(BIN)/python -m tools.mutants

requirements: python ## Lock the requirements anew, both locks together, and prove them
	@test -x $(BIN)/uv || $(INSTALL) test
	@$(PYTHON) -m tools.renewal
	@$(INSTALL) test
	@$(BIN)/python -m tools.proof

clean: ## Remove the virtual environment and the caches; pictures stay
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .coverage .coverage.* *.egg-info

# tools/installation.py finds out by itself what there is to do, which mostly is nothing.
installed-run: python
	@$(INSTALL) run

installed-test: python
	@$(INSTALL) test

python:
	@command -v $(PYTHON) >/dev/null || { echo "install: there is no $(PYTHON) here; install Python 3.11 or newer," \
		"or name one that is there, for instance: make run PYTHON=python3.12" >&2; exit 1; }
