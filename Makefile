# The commands of the day. "make" alone lists them.

PYTHON ?= python3
VENV := .venv/bin
# Further arguments for pytest, bench or lock: make test ARGS="-k postgres"
ARGS ?=
# How many files of each kind "fuzz" tries.
EXAMPLES ?= 2000

.DEFAULT_GOAL := help
.PHONY: help setup setup-check setup-test run test check bench fuzz screenshots lock clean

##@ Every day

run: setup ## Start everything on http://localhost:8000 (Ctrl-C ends it)
	@exec $(VENV)/siegel run $(ARGS)

test: setup-test ## Run the whole test suite against the real parts
	@exec $(VENV)/python -m pytest -n auto --dist loadfile $(ARGS)

check: setup-check ## Check style, types, imports, templates, migrations and the chart
	$(VENV)/ruff check .
	$(VENV)/ruff format --check .
	$(VENV)/mypy
	$(VENV)/lint-imports
	$(VENV)/python -m tools.check_templates
	$(VENV)/python -m tools.check_migrations
	$(VENV)/python -m tools.chart_check

##@ Now and then

bench: setup-check ## Measure speed and size as ratios, into var/bench.json
	@exec $(VENV)/python -m tools.bench $(ARGS)

fuzz: setup-test ## Throw broken templates at the product (EXAMPLES=2000 of each kind)
	@SIEGEL_FUZZ_EXAMPLES=$(EXAMPLES) exec $(VENV)/python -m pytest --timeout 0 \
	  tests/document_templates/test_fuzzing.py $(ARGS)

screenshots: setup-test ## Take the pictures of README and handbook anew
	@exec $(VENV)/python -m tools.screenshots $(ARGS)

lock: ## Resolve the dependencies anew into both lock files (ARGS=--upgrade for newer ones)
	@exec $(PYTHON) -m tools.setup.lock $(ARGS)

##@ The machine

setup: ## Install what "run" needs (done by the others when needed)
	@$(PYTHON) -m tools.setup run

setup-check: ## Install what "check" and "bench" need as well
	@$(PYTHON) -m tools.setup check

setup-test: ## Install what "test" needs as well
	@$(PYTHON) -m tools.setup test

clean: ## Remove all data, the virtual environment, node_modules and caches
	@$(PYTHON) -m tools.setup.clean

help: ## List these targets
	@awk 'BEGIN { FS = ":.*## " } \
	  /^##@ / { printf "\n%s\n", substr($$0, 5) } \
	  /^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
