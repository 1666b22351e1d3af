# `make run` and `make test` do everything on a machine with git, make and Python 3.11 or newer: each sets up what it
# needs (.venv and the pinned packages) first. pip is used as it is configured on the machine. Works from GNU make 3.81.

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: run view test browser test-fast coverage bench compile docs docs-links lint lint-js format pins hooks clean help

PYTHON ?=
ARGS ?=
PYTHONS := $(or $(PYTHON),python3.13 python3.12 python3.11 python3 python)
BIN := .venv/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1

# A stamp carries the checksum of what was installed, so nothing is installed twice and no change is missed.
checksum = $(shell cat pyproject.toml $(1) | cksum | tr -d ' ')
RUN_STAMP := .venv/.installed-run-$(call checksum,requirements.txt)
DEV_STAMP := .venv/.installed-dev-$(call checksum,requirements.txt requirements-dev.txt)
ENGINE_STAMP := .venv/.compiled-$(shell cat sim/konvoi/kernels.py sim/konvoi/engine/*.py sim/konvoi/contacts/*.py requirements.txt | cksum | tr -d ' ')
DOCS_STAMP := .venv/.installed-docs-$(call checksum,requirements-docs.txt)
BENCH_STAMP := .venv-bench/.installed-bench-$(call checksum,requirements.txt)

run: $(RUN_STAMP) $(ENGINE_STAMP) ## set up, then run the main job: the sweep gap x separation (ARGS="rally.gap_min=0,120 out=hasil")
	$(BIN)/konvoi sweep $(ARGS)

view: $(DEV_STAMP) $(ENGINE_STAMP) ## set up with the development tools, then open one day on the map in the browser (ARGS="rally.gap_min=120")
	$(BIN)/konvoi view $(ARGS)

# The engine is compiled while the checks run; tests that share a sweep stay on one worker.
test: $(DEV_STAMP) browser ## set up, then run every check and the whole test suite
	@$(MAKE) --no-print-directory compile & $(MAKE) --no-print-directory lint; checked=$$?; wait $$! && exit $$checked
	$(BIN)/python -m pytest -n 2 --dist loadgroup $(ARGS)

# The page is tested in a real browser. Where none is there and none can be installed, its tests say so and are skipped.
browser:
	@for name in chromium chromium-browser google-chrome google-chrome-stable; do \
		command -v $$name > /dev/null && exit 0; \
	done; \
	if test -n "$$KONVOI_BROWSER"; then exit 0; fi; \
	if command -v apt-get > /dev/null && test "$$(id -u)" = 0; then \
		echo "Installing Chromium for the tests of the page ..."; \
		(apt-get install -y --no-install-recommends chromium || (apt-get update && apt-get install -y --no-install-recommends chromium)) > /dev/null 2>&1 \
			|| echo "Chromium could not be installed; the tests of the page will be skipped." >&2; \
	else \
		echo "No Chromium here: the tests of the page will be skipped (Debian, Ubuntu: sudo apt-get install chromium)." >&2; \
	fi

test-fast: $(DEV_STAMP) $(ENGINE_STAMP) ## the tests that take seconds (ARGS="-k name")
	$(BIN)/python -m pytest -n 2 --dist loadgroup -m "not slow" $(ARGS)

# Without JIT the kernels are Python, so their lines count too.
coverage: $(DEV_STAMP) ## lines covered by the fast tests, kernels included; fails below the gate
	NUMBA_DISABLE_JIT=1 $(BIN)/python -m pytest -n 2 --dist loadgroup -m "not slow" --cov --cov-report=term:skip-covered $(ARGS)

bench: $(BENCH_STAMP) ## set up, then measure against SUMO and UXsim, half an hour (ARGS=--quick: 1,000 vehicles, once)
	.venv-bench/bin/python -m tests.benchmarks.bench $(ARGS)

compile: $(DEV_STAMP) $(ENGINE_STAMP) ## compile the engine's kernels, once for each state of their source

docs: $(DOCS_STAMP) ## build the documentation pages into build/docs, offline; a dead link fails
	$(BIN)/python -m sphinx -q -W --keep-going -b html docs build/docs
	@echo "build/docs/index.html"

docs-links: $(DOCS_STAMP) ## ask the addresses of other sites whether they are still there (needs internet)
	$(BIN)/python -m sphinx -q -b linkcheck docs build/docs-links

lint: $(DEV_STAMP) ## style, types and import contracts
	$(BIN)/python -m ruff check
	$(BIN)/python -m ruff format --check
	$(BIN)/python -m mypy
	$(BIN)/codespell
	$(BIN)/lint-imports
	@if command -v npm > /dev/null; then $(MAKE) --no-print-directory lint-js || exit 1; fi

# Works without internet once tests/browser/node_modules is there; without npm or a way to fetch, it says so and is content.
lint-js: ## the page's JavaScript, where npm is
	@if test ! -d tests/browser/node_modules; then \
		npm install --prefix tests/browser --no-package-lock --no-audit --no-fund --silent 2> /dev/null \
			|| { echo "The page's JavaScript is not checked: npm or the internet is missing." >&2; exit 0; }; \
	fi; \
	test ! -d tests/browser/node_modules || tests/browser/node_modules/.bin/eslint -c tests/browser/eslint.config.mjs sim/konvoi/view/assets

format: $(DEV_STAMP) ## mend the style where a tool can
	$(BIN)/python -m ruff check --fix
	$(BIN)/python -m ruff format

# The run-time pins are made under the development pins, so that both sets live in one .venv without contradiction.
COMPILE = $(BIN)/python -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header --no-annotate pyproject.toml --extra build --extra report
pins: .venv/.created ## pin the packages again after a change in pyproject.toml (ARGS=--upgrade takes newer releases)
	$(BIN)/python -m pip install --quiet "uv>=0.9"
	$(COMPILE) --extra dev --extra view --extra docs --output-file requirements-dev.txt $(ARGS)
	$(COMPILE) --constraint requirements-dev.txt --output-file requirements.txt $(ARGS)
	$(COMPILE) --extra docs --constraint requirements-dev.txt --output-file requirements-docs.txt $(ARGS)

hooks: $(DEV_STAMP) ## let git run the checks before each commit
	$(BIN)/pre-commit install

clean: ## remove .venv, caches and built packages (results in outputs/ stay)
	rm -rf .venv .venv-bench .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist
	find sim scenarios tests -type d -name __pycache__ -prune -exec rm -rf {} +

help: ## show this list
	@echo "konvoi: how often do the convoys of two rallies meet on the road?"
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

# The development pins hold the others; those alone take nothing of them away.
$(DEV_STAMP): .venv/.created
	$(call install,requirements-dev.txt)
	@touch $(RUN_STAMP) $(DOCS_STAMP) $@

$(DOCS_STAMP): .venv/.created
	$(call install,requirements-docs.txt)
	@touch $(RUN_STAMP) $@

$(RUN_STAMP): .venv/.created
	$(call install,requirements.txt)
	@touch $@

# Without it each worker of the tests would compile the kernels it meets itself.
$(ENGINE_STAMP):
	@echo "Compiling the engine once (one to three minutes) ..."
	@rm -f .venv/.compiled-*
	@$(BIN)/python -m konvoi.compiling
	@touch $@

# The peers live apart: konvoi runs there at its pinned versions too, and .venv stays as the pins say.
$(BENCH_STAMP): .venv-bench/.created
	@rm -f .venv-bench/.installed-*
	.venv-bench/bin/python -m pip install --require-hashes -r requirements.txt
	.venv-bench/bin/python -m pip install --no-build-isolation -e ".[bench]"
	@touch $@

define install
	@rm -f .venv/.installed-*
	$(BIN)/python -m pip install --require-hashes -r $(1)
	$(BIN)/python -m pip install --no-deps --no-build-isolation -e .
endef

# A virtual environment holds absolute paths: one that was moved or copied along with the folder is made anew.
moved = $(shell test "$$(cat $(1)/.created 2> /dev/null)" = "$(CURDIR)" || echo $(1)/.created)
.PHONY: $(call moved,.venv) $(call moved,.venv-bench)
.venv/.created .venv-bench/.created:
	@for python in $(PYTHONS); do \
		if $$python -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))' 2> /dev/null; then \
			echo "Making $(@D) with $$python ($$($$python -V))"; \
			$$python -m venv --clear $(@D) && echo '$(CURDIR)' > $@; \
			exit; \
		fi; \
	done; \
	echo "konvoi needs Python 3.11 or newer with its venv module; none of these is one: $(PYTHONS)" >&2; \
	echo "Name one with: make PYTHON=/path/to/python (Debian, Ubuntu: apt install python3 python3-venv)" >&2; \
	exit 1
