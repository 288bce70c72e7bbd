# `make` alone lists the targets; each sets up what it needs itself.

SHELL := /bin/sh
.DEFAULT_GOAL := help

BIN := .venv/bin
# Stamps of what is installed in .venv: what the demo needs, and with the tools of development. `SETUP=pip make demo` or
# `SETUP=uv make demo` chooses the installer.
RUN := .venv/.run
DEV := .venv/.dev
SITE := .venv/.docs
PYTEST := $(BIN)/python -m pytest --numprocesses=auto --maxprocesses=8 --dist=worksteal
# The test modules with golden files, pages and cases included.
GOLDEN = $(shell grep -rl --include='test_*.py' RECONCILER_GOLDEN tests)

help: ## List the targets
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

demo: $(RUN) ## Validate, plan, apply, plan again, then find a hand-made drift: on a mocked AWS, no account needed
	@bash scripts/demo.sh

test: $(DEV) ## Run the tests: offline, in parallel (some: make test ARGS=tests/unit)
	$(PYTEST) $(ARGS)

test-fast: $(DEV) ## Run the unit tests, the golden cases and the contract of kinds, without those marked slow: under a minute
	$(PYTEST) -m "not nightly and not slow" tests/unit tests/cases tests/kinds $(ARGS)

coverage: $(DEV) ## Run the tests and fail where they reach less of the code than pyproject.toml asks for
	$(PYTEST) --cov --cov-report=term $(ARGS)

accept: $(DEV) ## Write what the golden tests compare with, as it is now: review the diff
	RECONCILER_GOLDEN=write $(BIN)/python -m pytest --quiet $(GOLDEN)

lint: $(DEV) ## Check style, format and types
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/actionlint -shellcheck $(BIN)/shellcheck .github/workflows/*.yml
	$(BIN)/zizmor --offline --quiet --config .github/zizmor.yml action.yml .github

format: $(DEV) ## Format the code and fix what can be fixed safely
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

bench: $(DEV) ## Measure calls, CPU time and peak memory for 100, 1,000 and 5,000 accounts
	$(BIN)/python scripts/bench.py
	$(BIN)/python scripts/bench_access.py
	$(BIN)/python scripts/bench_report.py

nightly: $(DEV) ## Run the long and random tests as well
	$(PYTEST) --hypothesis-profile=nightly -m "nightly or not nightly"

screenshots: $(DEV) ## Take the pictures of docs/images again, in Chromium
	$(BIN)/python scripts/screenshots.py

mutation: $(DEV) ## Change the code line by line: the tests must fail (some: make mutation ARGS="guards needs")
	$(BIN)/python scripts/mutation.py $(ARGS)

lines: ## Count the lines of the program, by package
	@sh scripts/lines.sh

docs: $(DEV) ## Write the generated pages and schemas again
	$(BIN)/python scripts/generate.py

docs-check: $(DEV) ## Fail when a generated page, schema or picture is out of date
	$(BIN)/python scripts/generate.py --check
	$(BIN)/python scripts/pictures.py --check

site: $(SITE) ## Build the documentation site into site/: dead links, missing anchors and every other warning fail
	$(BIN)/python scripts/documentation/build.py

pictures: $(DEV) ## Draw the pictures of the documentation again, from real runs
	$(BIN)/python scripts/pictures.py

wheel: $(RUN) ## Build the wheel into dist/
	rm -rf dist
	$(BIN)/hatchling build --target wheel

image: wheel ## Build the container image reconciler:local (needs Docker)
	docker build --tag reconciler:local .

lock: ## Resolve pyproject.toml into uv.lock, and write the lists for pip from it (needs uv)
	sh scripts/lock.sh

setup: $(DEV) ## Make .venv from the lock files (the other targets do this themselves)

clean: ## Remove everything that can be made again
	rm -rf .venv dist site .mutation .coverage .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find reconciler scripts tests -name __pycache__ -type d -prune -exec rm -rf {} +

$(RUN): pyproject.toml uv.lock requirements.lock scripts/setup.sh
	@sh scripts/setup.sh run
	@touch $@

$(DEV): $(RUN) requirements-dev.lock
	@sh scripts/setup.sh dev
	@touch $(RUN) $@

$(SITE): $(DEV) requirements-docs.lock
	@sh scripts/setup.sh docs
	@touch $(RUN) $(DEV) $@

.PHONY: help demo test test-fast coverage accept lint format bench screenshots nightly mutation lines docs docs-check site pictures wheel image lock setup clean
