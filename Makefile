# PYTHON=/path/to/python3.12 chooses the interpreter; PORT=9000 where `make run` serves.
.PHONY: install run test bench chaos check lock

VENV := .venv/bin

install: ## the virtual environment .venv, from the lock file
	@scripts/install

run: install ## everything on this machine, until Ctrl-C
	@exec $(VENV)/billmill up

test: install ## the whole suite, with servers of its own
	@scripts/chromium
	@scripts/iproute2
	@exec $(VENV)/python -m pytest -n logical --maxprocesses 4 --dist loadfile --no-loadscope-reorder

bench: install ## how fast it is, one table in less than 12 minutes: ONLY="lists requests" for some
	@scripts/install-bench
	@exec $(VENV)/python -m benchmarks $(if $(ONLY),--only $(ONLY))

FAULTS ?= 200
chaos: install ## the chaos tests at full length, faults at random moments: FAULTS=200, SEED=1 to repeat one
	@CHAOS_FAULTS=$(FAULTS) CHAOS_SEED=$(SEED) $(VENV)/python -m pytest -s tests/chaos

check: install ## format, lint, types, direction of imports, vendored files, commands in documents
	@$(VENV)/ruff format --quiet --check . scripts/check-readme
	@$(VENV)/ruff check --quiet . scripts/check-readme
	@$(VENV)/mypy --no-error-summary
	@$(VENV)/lint-imports --no-cache >.venv/lint-imports.log || { cat .venv/lint-imports.log; exit 1; }
	@scripts/vendor --check
	@$(VENV)/python scripts/check-readme

lock: ## the lock files, from pyproject.toml
	@scripts/lock
