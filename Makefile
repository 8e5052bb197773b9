# make demo   set up, fill with demonstration data, serve        make test   lint, types, imports, all tests
# make reset  throw the demonstration's data away and refill     make help   everything else

PYTHON ?= python3
VENV   ?= .venv
PY     := $(VENV)/bin/python
PORT   ?= 8000
export PORT VENV

.DEFAULT_GOAL := help
.PHONY: help setup prepare demo reset stop test checks lint types imports dependencies security migrations articles journeys pictures lock

help:
	@echo "make demo      set up everything and serve the demonstration (PORT=$(PORT))"
	@echo "make reset     start the demonstration's data anew"
	@echo "make stop      stop the embedded database where it still runs"
	@echo "make test      lint, types, import contract and all tests"
	@echo "make lint, make types, make imports, make dependencies, make security, make migrations    one check alone"
	@echo "make articles  rows of docs/requirements.md without a test"
	@echo "make journeys  the ways through the pages in a browser in all five counties"
	@echo "make pictures  take the pictures of docs/howto anew"
	@echo "make lock      write requirements*.lock anew from requirements*.in"

setup:
	@$(PYTHON) config/bootstrap.py
	@$(PY) manage.py vendor_static
	@$(PY) manage.py compile_catalogues

prepare: setup
	@$(PY) manage.py migrate --no-input --verbosity 0
	@$(PY) manage.py load_rules
	@$(PY) manage.py load_calendars
	@$(PY) manage.py make_demo

demo: prepare
	@exec $(PY) manage.py serve_demo

reset: setup
	@$(PY) manage.py reset_demo
	@$(MAKE) --no-print-directory prepare
	@echo "The data are new. make demo serves them."

stop:
	@$(PY) manage.py stop_database

lint:
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .

types:
	$(VENV)/bin/mypy .

imports:
	$(VENV)/bin/lint-imports

dependencies:
	$(VENV)/bin/deptry .

security:
	$(VENV)/bin/bandit -q -c pyproject.toml -r . --severity-level medium

# The program's own embedded database is left alone: the tests have one beside it.
migrations:
	XUNZHANG_VAR="$${XUNZHANG_VAR:-var/test}" $(PY) manage.py makemigrations --check --dry-run

checks: lint types imports dependencies security migrations

test:
	@$(PYTHON) config/bootstrap.py --browser
	@$(PY) manage.py vendor_static
	@$(PY) manage.py compile_catalogues
	@$(PY) -m tests.side_by_side --checks; status=$$?; \
	XUNZHANG_VAR="$${XUNZHANG_VAR:-var/test}" $(PY) manage.py stop_database --unless-used --verbosity 0; \
	exit $$status

articles:
	@$(PY) manage.py list_articles

journeys:
	XUNZHANG_ALL_JOURNEYS=1 $(PY) -m pytest -q tests/browser/test_journeys.py tests/browser/test_ways.py

pictures:
	XUNZHANG_PICTURES=1 $(PY) -m pytest -q tests/browser/test_demo.py

lock:
	$(VENV)/bin/uv pip compile --generate-hashes --no-emit-index-url --no-header --python-version 3.11 \
		requirements-dev.in -o requirements.lock
	$(VENV)/bin/uv pip compile --generate-hashes --no-emit-index-url --no-header --python-version 3.11 \
		requirements.in -c requirements.lock -o requirements-production.lock
