# Needs Python 3.11 or newer and make; everything else is fetched into .venv, once.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(VENV)/uv-0.13.9
LOCALES := coproduce/locale
TEMPLATE := build/messages.pot
PYBABEL := $(BIN)/python -m babel.messages.frontend -q
COMPILE := $(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header
ARGS ?=

export VIRTUAL_ENV := $(abspath $(VENV))

.DEFAULT_GOAL := help
.PHONY: help run test fast check bench prove messages requirements browser

help:  ## Show what can be made
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/\1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{printf "make %-13s %s\n", $$1, $$2}'

run: $(VENV)/run  ## Start a demonstration on this machine and say where it is
	@$(BIN)/coproduce demo $(ARGS)

test: $(VENV)/develop browser  ## Run every test, on SQLite, on a PostgreSQL of its own and in Chromium
	@$(BIN)/python -m pytest $(ARGS)

fast: $(VENV)/develop  ## Run the tests that need neither PostgreSQL nor Chromium
	@$(BIN)/python -m pytest -m "not browser and not postgresql" $(ARGS)

check: $(VENV)/develop  ## Check format, lint, types, import order and templates
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/djlint --lint --quiet coproduce/templates

bench: $(VENV)/develop  ## Measure speed, bytes and memory against a bare Starlette
	@$(BIN)/python -m benchmarks $(ARGS)

prove: $(VENV)/develop browser  ## Run every test with its full numbers; takes hours
	@COPRODUCE_PROVE=1 $(BIN)/python -m pytest $(ARGS)

messages: $(VENV)/develop  ## Bring the texts of the program into every language file
	@mkdir -p $(dir $(TEMPLATE))
	@$(PYBABEL) extract -F babel.cfg -k ngettext_:1,2 --add-location=file --sort-by-file \
		--project=coproduce --copyright-holder="the coproduce authors" -o $(TEMPLATE) .
	@for folder in $(wildcard $(LOCALES)/*/); do \
		code=$$(basename $$folder); file=$$folder/LC_MESSAGES/messages.po; \
		if [ -f $$file ]; then \
			$(PYBABEL) update -i $(TEMPLATE) -d $(LOCALES) -l $$code \
				--no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date; \
		else \
			$(PYBABEL) init -i $(TEMPLATE) -d $(LOCALES) -l $$code; \
		fi || exit 1; \
	done

requirements: $(UV)  ## Choose the newest versions of everything and write them down with hashes
	@$(COMPILE) --upgrade pyproject.toml -o requirements/run.txt
	@$(COMPILE) --upgrade --extra develop -c requirements/run.txt pyproject.toml -o requirements/develop.txt
	@sed -n 's/^requires = \["\(.*\)"\]$$/\1/p' pyproject.toml | $(COMPILE) --upgrade - -o requirements/build.txt

browser: $(VENV)/develop
	@$(BIN)/python -m tests.find_browser

$(VENV)/develop: requirements/develop.txt $(VENV)/run
	@echo "Fetching what the tests need …"
	@$(BIN)/uv pip sync -q --require-hashes $<
	@$(BIN)/uv pip install -q --no-deps --build-constraints requirements/build.txt --editable .
	@touch $@

$(VENV)/run: requirements/run.txt requirements/build.txt pyproject.toml $(UV)
	@echo "Fetching what the program needs …"
	@$(BIN)/uv pip sync -q --require-hashes $<
	@$(BIN)/uv pip install -q --no-deps --build-constraints requirements/build.txt --editable .
	@touch $@

$(UV):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
		|| { echo "This needs Python 3.11 or newer. Install it, or name it: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null \
		|| { echo "This Python has no venv module. On Debian or Ubuntu: apt-get install python3-venv"; exit 1; }
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install -q --disable-pip-version-check uv==$(patsubst uv-%,%,$(notdir $@))
	@touch $@
