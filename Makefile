# The commands of JobOps. `make help` lists them.

PYTHON ?= python3
PORT ?= 8000
REGION ?= en-GB
DATABASE_URL ?= postgres://root@127.0.0.1:5432/test
# Databases of these names are made, and kept for the next time.
PLANS_DATABASE_URL ?= $(dir $(DATABASE_URL))jobops_plans
BENCH_DATABASE_URL ?= $(dir $(DATABASE_URL))jobops_bench$(if $(filter 100000,$(JOBS)),,_$(JOBS))
JOBS ?= 100000
SECONDS ?= 3
FUZZ_EXAMPLES ?= 800
UV ?= uv

BIN := .venv/bin
TEMPLATES := $(shell find */templates -name '*.html')
PYTEST := $(BIN)/python -m pytest
PARALLEL := -n auto --dist worksteal
# Every target says itself what the settings read; what the shell exports stays outside.
CLEAN := env -u BROKER_URL -u DATABASE_POOL -u DATABASE_PREPARE -u DATABASE_URL -u DEBUG -u MAIL_FROM -u MAIL_URL -u MAIL_WEBHOOK_SECRET -u REGION -u SECRET_KEY -u SITE_URL -u TIME_ZONE -u TRUSTED_PROXIES
PRODUCTION := $(CLEAN) DATABASE_URL=sqlite://:memory: SITE_URL=https://jobops.example.com TRUSTED_PROXIES=10.0.0.5

# The demo's; how its mail leaves is said on the command line alone.
said = $(if $(filter command,$(firstword $(origin $(1)))),$(1)='$($(1))')
DEMO = $(CLEAN) DEBUG=on REGION=$(REGION) SITE_URL=http://localhost:$(PORT) $(call said,MAIL_URL) $(call said,MAIL_FROM)

.NOTPARALLEL:
.PHONY: help run manage take-in bench bench-growth test check check-side-by-side lint deploy-check plans-database test-postgresql test-api test-walk test-plans test-box test-browser accept messages test-messages schema screenshots format lock

help: ## list the commands
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1|\2/p' Makefile | awk -F'|' '{printf "%-22s %s\n", $$1, $$2}'

run: .venv/run.stamp ## run JobOps with demo data on http://localhost:8000 (PORT=, REGION=de-AT, MAIL_URL=, MAIL_FROM=)
	@exec $(DEMO) $(BIN)/python manage.py serve --port $(PORT)

# make itself says 2 where a command fails, whatever its code was: that stands in make's last line,
# and is what manage.py itself returns.
manage: .venv/run.stamp ## run a command of manage.py on the demo's data (ARGS="send_test_mail me@example.com"); make itself exits with 0 or 2
	@$(DEMO) $(BIN)/python manage.py migrate --verbosity 0 && $(DEMO) $(BIN)/python manage.py demo >/dev/null
	@exec $(DEMO) $(BIN)/python manage.py $(ARGS)

take-in: .venv/run.stamp ## make a new installation from a “Take everything” file (FILE=, INTO= the address of an empty database)
	@$(CLEAN) DEBUG=on DATABASE_URL=$(INTO) $(BIN)/python manage.py migrate --verbosity 0
	@$(CLEAN) DEBUG=on DATABASE_URL=$(INTO) $(BIN)/python manage.py take_in $(FILE)

test: .venv/dev.stamp ## run all tests that need nothing but Python, on SQLite
	$(CLEAN) $(PYTEST) $(PARALLEL)

check: check-side-by-side test test-postgresql test-api test-walk test-plans test-browser ## run everything that CI runs; needs PostgreSQL and Chromium

# The box keeps one core busy at most, and so does what stands beside it here.
check-side-by-side: .venv/dev.stamp
	@told=$$(mktemp); $(MAKE) test-box >$$told 2>&1 & box=$$!; \
	$(MAKE) lint deploy-check test-messages plans-database; others=$$?; \
	wait $$box; boxed=$$?; cat $$told; rm -f $$told; exit $$((others + boxed))

lint: .venv/dev.stamp ## check formatting, lint, types and the order of the apps
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/djade --check --target-version 5.2 $(TEMPLATES)
	$(CLEAN) $(BIN)/mypy
	$(CLEAN) $(BIN)/lint-imports

deploy-check: .venv/dev.stamp ## check that migrations are complete and settings fit for production
	@key=$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(60))') && set -e; \
	$(PRODUCTION) SECRET_KEY=$$key $(BIN)/python manage.py makemigrations --check --dry-run; \
	$(PRODUCTION) SECRET_KEY=$$key $(BIN)/python manage.py check --deploy --fail-level WARNING

test-postgresql: .venv/dev.stamp ## run the same tests on PostgreSQL, with coverage (DATABASE_URL= for another server)
	$(CLEAN) DATABASE_URL=$(DATABASE_URL) $(PYTEST) $(PARALLEL) --cov --cov-report=term

test-api: .venv/dev.stamp ## check that every answer of the API matches its schema (FUZZ_EXAMPLES= requests per role)
	$(CLEAN) FUZZ_EXAMPLES=$(FUZZ_EXAMPLES) $(PYTEST) $(PARALLEL) -m fuzz tests/test_api_schema.py

test-walk: .venv/dev.stamp ## request every address with odd parameters, and do every action, on PostgreSQL
	$(CLEAN) DATABASE_URL=$(DATABASE_URL) $(PYTEST) $(PARALLEL) -m walk tests/walk

plans-database: .venv/dev.stamp
	$(CLEAN) $(BIN)/python -m bench.database $(PLANS_DATABASE_URL) 100000

test-plans: .venv/dev.stamp ## check that no page scans a whole large table (100,000 jobs on PostgreSQL, created once)
	$(CLEAN) DATABASE_URL=$(PLANS_DATABASE_URL) $(PYTEST) $(PARALLEL) -m plans tests/test_plans.py

test-box: .venv/dev.stamp ## build the box as it is shipped, and play the life of a job in it (needs PostgreSQL, Chromium, PyPI)
	$(CLEAN) DATABASE_URL=$(DATABASE_URL) $(PYTEST) -m box tests/browser/test_box.py

test-messages: .venv/dev.stamp ## check that every text has been collected for translators (needs gettext)
	$(CLEAN) $(PYTEST) -m gettext tests/languages

test-browser: .venv/dev.stamp ## run the tests in Chromium, three at a time: each waits for much
	$(CLEAN) $(PYTEST) -n 3 --dist worksteal -m browser tests/browser

accept: .venv/dev.stamp ## run the long tests in full: 200 rounds of each race, a run of 1,000 mails killed 200 times, 100 firings of schedules, 500 files of each kind, 20,000 requests per role
	$(CLEAN) RACE_ROUNDS=200 $(PYTEST) tests/test_races.py
	$(CLEAN) RACE_ROUNDS=200 DATABASE_URL=$(DATABASE_URL) $(PYTEST) tests/test_races.py
	$(CLEAN) KILLS=200 KILL_MAILS=1000 DATABASE_URL=$(DATABASE_URL) $(PYTEST) tests/test_kills.py
	$(CLEAN) FIRINGS=20 DATABASE_URL=$(DATABASE_URL) $(PYTEST) tests/test_clusters.py
	$(CLEAN) FILES=500 $(PYTEST) $(PARALLEL) tests/core/imports/test_any_file.py tests/imports/test_random_files.py tests/operations/test_undoing_together.py
	$(CLEAN) FUZZ_EXAMPLES=20000 $(PYTEST) $(PARALLEL) -m fuzz tests/test_api_schema.py

messages: .venv/dev.stamp ## collect the texts for translators, and compile their translations (needs gettext)
	$(CLEAN) DEBUG=on $(BIN)/python manage.py makemessages --all --no-location --no-obsolete --ignore=tests --ignore=bench --ignore=docs --ignore=var --ignore=staticfiles
	@sed -i '/^"POT-Creation-Date/d' locale/*/LC_MESSAGES/django.po
	$(CLEAN) DEBUG=on $(BIN)/python manage.py compilemessages --ignore=.venv

schema: .venv/dev.stamp ## update docs/openapi.json
	$(CLEAN) DEBUG=on $(BIN)/python manage.py schema

screenshots: .venv/dev.stamp ## take the screenshots for the README from the demo (needs Chromium)
	$(CLEAN) $(BIN)/python docs/screenshots.py

bench: .venv/dev.stamp ## measure what each page costs (JOBS=100000, SECONDS=3 per page, ONLY=table, BENCH_DATABASE_URL=)
	$(CLEAN) JOBS=$(JOBS) BENCH_DATABASE_URL=$(BENCH_DATABASE_URL) SECONDS=$(SECONDS) $(BIN)/python -m bench

bench-growth: ## compare the last benchmarks of 100,000 and of 1,000,000 jobs
	@$(BIN)/python -m bench.growth 100000 1000000

format: .venv/dev.stamp ## format Python and templates, fix what the linter can fix
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/djade --target-version 5.2 $(TEMPLATES) || true

lock: ## update both lock files (needs uv)
	@command -v $(UV) >/dev/null || { echo "make lock needs uv: python3 -m pip install uv" >&2; exit 1; }
	$(UV) pip compile --universal --generate-hashes --no-emit-index-url pyproject.toml \
		-o requirements.lock --python-version 3.11
	$(UV) pip compile --universal --generate-hashes --no-emit-index-url pyproject.toml \
		--extra dev -c requirements.lock -o requirements-dev.lock --python-version 3.11

# The environment: made once, and brought up to date when a lock file has changed. The lock files name
# every package: pip is to look for no other, as it would for an extra that a newer release also has.

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "JobOps needs Python 3.11 or later, and $(PYTHON) is none. Install it, or name it: make PYTHON=python3.12" >&2; \
		exit 1; }
	$(PYTHON) -m venv .venv || { rm -rf .venv; exit 1; }

.venv/run.stamp: requirements.lock | .venv/bin/python
	$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes --no-deps -r requirements.lock
	@touch $@

.venv/dev.stamp: requirements-dev.lock requirements.lock | .venv/bin/python
	$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes --no-deps -r requirements-dev.lock
	@touch $@ .venv/run.stamp
