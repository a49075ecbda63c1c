# Two commands do everything on a fresh machine with Python 3.11 or newer: `make demo` and `make test`.
PYTHON ?= python3
ARGS ?=
BIN := .venv/bin
STAMP := .venv/.installed
ERP_STAMP := .erp-venv/.installed
CLIENTS_STAMP := .clients-venv/.installed
FEBRL_STAMP := .febrl/.installed
AUDIT_STAMP := .audit-venv/.installed

.PHONY: demo test test-erp nightly tryton browser check audit bench format clean

demo: $(STAMP)
	$(BIN)/python starter.py demo $(ARGS)

test: check browser $(CLIENTS_STAMP) $(FEBRL_STAMP)
	$(BIN)/python -m pytest -n 3 --dist loadfile $(ARGS)

# The same door against a real Tryton, in .erp-venv and .erp. The first time takes some minutes more.
test-erp: tryton
	$(BIN)/python -m tryton_lab up --data .erp --ports-file .erp/tryton.json
	$(BIN)/python -m pytest tests/tryton --tryton=.erp $(ARGS); ended=$$?; \
	$(BIN)/python -m tryton_lab down --data .erp; exit $$ended

tryton: $(STAMP) $(ERP_STAMP)

# The same properties over far more examples, 10,000 returns instead of 500, every fault at every write: for a night,
# not for every change.
nightly: $(STAMP)
	TEST_PROFILE=nightly $(BIN)/python -m pytest --timeout 3600 tests/domain tests/store tests/money \
		tests/journeys/test_lost_answers.py tests/adapters/test_crm_lost_answers.py tests/convergence \
		tests/api/test_description.py $(ARGS)

# The Chromium that the console's tests drive: the machine's own, or Debian's where it may be installed. Without one those
# tests say so: they fail in CI and are left out elsewhere.
browser:
	@for name in chromium chromium-browser google-chrome google-chrome-stable; do \
		command -v $$name >/dev/null && exit 0; \
	done; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
			apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core >/dev/null; \
	fi || true

check: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy .
	PYTHONPATH=. $(BIN)/lint-imports
	$(BIN)/deptry .
	$(BIN)/python deploy/licences.py

# Known vulnerabilities of what is installed, asked of the public index's service. Not a part of `check`, which needs no
# network: where that service is out of reach it says so and fails, unless ARGS=--go-on-unasked.
audit: $(STAMP) $(AUDIT_STAMP)
	.audit-venv/bin/pip-audit --path "$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')" \
		--format json --progress-spinner off --timeout 15 2>.audit-venv/last.log \
		| $(BIN)/python deploy/known_vulnerabilities.py $(ARGS)

bench: $(STAMP)
	$(BIN)/python -m bench $(ARGS)

format: $(STAMP)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Ends the demo's stack and the tests' Tryton if they run, then forgets everything it kept.
clean:
	if [ -x $(BIN)/python ] && [ -d .backhaul ]; then $(BIN)/python starter.py down; fi
	if [ -x $(BIN)/python ] && [ -d .erp ]; then $(BIN)/python -m tryton_lab down --data .erp; fi
	rm -rf .backhaul .venv .erp .erp-venv .clients-venv .audit-venv .febrl build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(STAMP): pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed: make PYTHON=python3.12 …") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --editable ".[embedded]" --group dev
	touch $(STAMP)

# Tryton is licensed under the GPL: an environment of its own, and nothing of it is imported (docs/tryton-lab.md).
$(ERP_STAMP): tryton_lab/requirements.txt
	$(PYTHON) -m venv .erp-venv
	.erp-venv/bin/python -m pip install --quiet --requirement tryton_lab/requirements.txt
	touch $(ERP_STAMP)

# Others' clients whose needs contradict ours, for the tests that drive the sandbox with them.
$(CLIENTS_STAMP): tests/sandbox/clients/requirements.txt
	$(PYTHON) -m venv .clients-venv
	.clients-venv/bin/python -m pip install --quiet --requirement tests/sandbox/clients/requirements.txt
	touch $(CLIENTS_STAMP)

# Looks at the other environment, and shares nothing with it.
$(AUDIT_STAMP):
	$(PYTHON) -m venv .audit-venv
	.audit-venv/bin/python -m pip install --quiet "pip-audit>=2.9,<3"
	touch $(AUDIT_STAMP)

# Labelled records for the tests of identity.
$(FEBRL_STAMP): tests/domain/identity/requirements.txt $(STAMP)
	rm -rf .febrl
	$(BIN)/python -m pip install --quiet --no-deps --target .febrl --requirement tests/domain/identity/requirements.txt
	touch $(FEBRL_STAMP)
