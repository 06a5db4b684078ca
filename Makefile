# `make run` is all that a newcomer types. `make help` lists the rest.

PYTHON ?= python3.11
PORT   ?= 5005
VENV   := .venv
BIN    := $(VENV)/bin
MODEL  := models/tier0.tar.gz

# The one C extension without a wheel for Python 3.11 builds in plain Python: no compiler is needed.
export MULTIDICT_NO_EXTENSIONS := 1
export RASA_TELEMETRY_ENABLED := false
# Bytecode is kept: the tests start processes by the dozen, and each would compile everything anew.
unexport PYTHONDONTWRITEBYTECODE
# The embedding engine and scikit-learn share one OpenMP runtime, and their threads wait for each other (docs/decisions/0002).
export OMP_NUM_THREADS := 1

# Side by side, file by file (tests/sharing_out.py). By hand, `pytest tests/...` needs none of it.
TEST_PROCESSES ?= 2
PYTEST := $(BIN)/python -m pytest -n $(TEST_PROCESSES) --dist loadfile --no-loadscope-reorder

SETUP    := $(VENV)/.setup
TUNING   := build/tuning
DEVSETUP := $(VENV)/.devsetup
IMPORT   := $(VENV)/.importsetup
MUTANTS  := $(VENV)/.mutantsetup
PLAYGROUND := build/playground/.setup
TRAINING := config.yml domain.yml $(shell find data bot/nlu -type f ! -name '*.pyc' 2>/dev/null) bot/kb/component.py

.PHONY: help run setup train serve test unit check lint import-tools playground lock tune clean

help:
	@echo "make run        set up, train and start everything; prints the addresses"
	@echo "make test       set up and run the whole test suite"
	@echo "make unit       those that start neither a browser nor the four processes nor the trained bot"
	@echo "make check      ruff, mypy and the tests, as CI does"
	@echo "make setup      only the environment, in $(VENV)/"
	@echo "make train      only the model, in models/"
	@echo "make serve      only the Rasa server, on 127.0.0.1:\$$PORT (PORT=$(PORT))"
	@echo "make tune       tune the encoder anew on what was written since (docs/decisions/0007); half an hour"
	@echo "make import-tools"
	@echo "                what 'python -m bot.kb import' needs (docs/authoring.md)"
	@echo "make mutants    do the tests notice a changed line in what guards accounts? Hours (docs/mutation-tests.md)"
	@echo "make playground Microsoft's Teams client for the tests that drive it; needs npm (docs/teams.md)"
	@echo "make lock       write all *.lock anew from their *.in"
	@echo "make bench-kb   the search beside three others, and how it grows to 100,000 articles (docs/benchmarks.md)"
	@echo "make bench-understanding"
	@echo "                Tier0 beside two stock pipelines of Rasa; takes hours (docs/benchmarks.md)"
	@echo "make clean      remove the environment, the model and all demo data"

run: $(MODEL)
	@exec $(BIN)/python -m deploy.embedded

setup: $(SETUP)

train: $(MODEL)

serve: $(MODEL)
	@exec $(BIN)/python -m deploy.embedded.serve --port $(PORT)

test: $(DEVSETUP) $(MODEL)
	$(PYTEST)

unit: $(DEVSETUP)
	$(PYTEST) --ignore tests/browser --ignore tests/system --ignore tests/journeys --ignore tests/real

check: lint test

lint: $(DEVSETUP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

$(VENV)/bin/python:
	@command -v $(PYTHON) >/dev/null || { \
	  echo "Tier0 needs Python 3.11, and there is no '$(PYTHON)' on this machine. Get it with one of:"; \
	  echo "  Debian 12      sudo apt install python3.11 python3.11-venv"; \
	  echo "  Ubuntu 22.04   sudo apt install python3.11 python3.11-venv     (from 'universe')"; \
	  echo "  other Ubuntu   sudo add-apt-repository ppa:deadsnakes/ppa && sudo apt install python3.11 python3.11-venv"; \
	  echo "or name another one: make $(MAKECMDGOALS) PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || { \
	  echo "Tier0 needs Python 3.11; '$(PYTHON)' is $$($(PYTHON) -V)."; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { \
	  echo "Python is here, its venv module is not: sudo apt install python3.11-venv"; exit 1; }
	@echo "Making the environment in $(VENV)/ ..."
	@$(PYTHON) -m venv $(VENV)

$(SETUP): requirements/setup.lock requirements/runtime.lock | $(VENV)/bin/python
	@echo "Installing Tier0 and Rasa (about 190 packages; half a minute to four minutes) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements/setup.lock
	@$(BIN)/uv pip install --python $(BIN)/python --no-deps --require-hashes --compile-bytecode -r requirements/runtime.lock
	@touch $@

import-tools: $(IMPORT)

$(IMPORT): $(SETUP) requirements/import.lock
	@$(BIN)/uv pip install --python $(BIN)/python --no-deps --require-hashes --compile-bytecode -r requirements/import.lock
	@touch $@

playground: $(PLAYGROUND)

# The lock has the package's hash, and no script of the package runs.
$(PLAYGROUND): $(wildcard tests/connectors/teams/playground_package/*.json)
	@echo "Installing the Agents Playground ..."
	@mkdir -p $(@D)
	@cp $^ $(@D)/
	@cd $(@D) && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

$(DEVSETUP): $(SETUP) $(IMPORT) requirements/dev.lock
	@echo "Installing what the tests need ..."
	@$(BIN)/uv pip install --python $(BIN)/python --no-deps --require-hashes --compile-bytecode -r requirements/dev.lock
	@touch $@

$(MODEL): $(SETUP) $(TRAINING)
	@echo "Training the model from data/nlu (three to seven minutes) ..."
	@mkdir -p models var
	@$(BIN)/python -m bot.rasa train --fixed-model-name tier0 --out models
	@$(BIN)/python -m bot.labels >/dev/null
	@touch $@

tune: $(TUNING)/.setup
	$(TUNING)/bin/python -m tuning

$(TUNING)/.setup: requirements/tuning.txt | $(SETUP)
	@echo "Installing PyTorch in $(TUNING)/ ..."
	@$(PYTHON) -m venv $(TUNING)
	@$(BIN)/uv pip install --python $(TUNING)/bin/python --no-deps --require-hashes -r requirements/runtime.lock
	@$(TUNING)/bin/python -m pip install --quiet --disable-pip-version-check -r requirements/tuning.txt
	@touch $@

.PHONY: mutants
mutants: $(MUTANTS)
	@nice -n 10 $(BIN)/mutmut run --max-children 1 $(ARGS)
	@$(BIN)/python -m tests.mutants

$(MUTANTS): $(DEVSETUP) requirements/mutants.lock
	@$(BIN)/uv pip install --python $(BIN)/python --no-deps --require-hashes --compile-bytecode -r requirements/mutants.lock
	@touch $@

.PHONY: bench-kb
bench-kb: $(SETUP)
	@$(BIN)/python -m benchmarks.kb $(ARGS)

.PHONY: bench-understanding
bench-understanding: $(SETUP)
	@$(BIN)/python -m benchmarks.understanding.peers $(ARGS)

lock:
	@for set in requirements/setup requirements/runtime requirements/dev requirements/import requirements/mutants benchmarks/understanding/peers/requirements; do \
	  $(BIN)/uv pip compile --quiet --no-deps --python-version 3.11 --generate-hashes --no-annotate --no-header \
	    --no-emit-index-url $$set.in -o $$set.lock; done

clean:
	rm -rf $(VENV) models var .rasa mutants
