# The one entry to everything here. `make` alone lists the targets; each sets up what it needs by itself.

SHELL := /bin/sh
.DEFAULT_GOAL := help

BIN := .venv/bin
READY := .venv/.ready

help: ## List the targets
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

demo: $(READY) ## Validate, plan, apply, plan again, then find a hand-made drift: on a mocked AWS, no account needed
	@bash scripts/demo.sh

test: $(READY) ## Run the tests: offline, in parallel
	$(BIN)/python -m pytest --numprocesses=auto --maxprocesses=8 --dist=worksteal

lint: $(READY) ## Check style, format and types
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

format: $(READY) ## Format the code and mend what can be mended safely
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

bench: $(READY) ## Measure calls, CPU time and peak memory for 100, 1,000 and 5,000 accounts
	$(BIN)/python scripts/bench.py

nightly: $(READY) ## Run the long and random tests as well
	$(BIN)/python -m pytest --numprocesses=auto --maxprocesses=8 --dist=worksteal --hypothesis-profile=nightly -m "nightly or not nightly"

mutation: $(READY) ## Change the engine line by line: the tests must notice
	$(BIN)/mutmut run
	$(BIN)/mutmut results

docs: $(READY) ## Write the generated pages and schemas again
	$(BIN)/python scripts/generate.py

docs-check: $(READY) ## Fail when a generated page or schema is not what the code says
	$(BIN)/python scripts/generate.py --check

lock: ## Resolve the newest versions into uv.lock and requirements.lock (needs uv)
	sh scripts/lock.sh

setup: $(READY) ## Make .venv from the lock files (the other targets do this by themselves)

clean: ## Remove everything that can be made again
	rm -rf .venv dist mutants .coverage .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find reconciler scripts tests -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY): pyproject.toml uv.lock requirements.lock scripts/setup.sh
	@sh scripts/setup.sh
	@touch $@

.PHONY: help demo test lint format bench nightly mutation docs docs-check lock setup clean
