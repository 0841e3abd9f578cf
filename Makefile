# `make` sets everything up and builds the book; `make help` lists the rest.
#
#   PYTHON       the Python to make the virtual environment with (at least 3.11)
#   DEMOS=0      does without PyTorch: figures are drawn from the records in source/demos/records
#   TORCH_INDEX  a further index for PyTorch, to choose its build: without one, Linux gets CUDA's;
#                https://download.pytorch.org/whl/cpu has the much smaller one for CPUs
#   PYTEST_ARGS  more arguments for pytest

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SUFFIXES:

PYTHON ?= python3
DEMOS ?= 1
TORCH_INDEX ?=
JOBS ?= 2
PYTEST_ARGS ?=

VENV := .venv
PY := $(VENV)/bin/python
STAMPS := $(VENV)/stamps
INSTALL = $(PY) -m pip install -qq --disable-pip-version-check

# A stamp's name holds the checksum of its lock: pip runs again when the lock says something else,
# not when git touched the file. An environment whose Python is gone is made anew.
checksum = $(shell cat $(1) | cksum | cut -d' ' -f1)
HAVE_TOOL := $(STAMPS)/tool-$(call checksum,requirements.lock)
HAVE_DEMOS := $(STAMPS)/demos-$(call checksum,requirements.lock requirements-demos.lock)
HAVE_DEV := $(STAMPS)/dev-$(call checksum,requirements.lock requirements-dev.lock)
HAVE_LIBRARIES := $(STAMPS)/libraries
HAVE_PROGRAMS := $(STAMPS)/programs
HAVE_VENV := $(STAMPS)/venv
ifneq ($(shell test -x $(PY) && echo yes),yes)
$(shell rm -rf $(STAMPS))
endif

SETUP := $(HAVE_TOOL) $(HAVE_LIBRARIES)
ifneq ($(DEMOS),0)
SETUP += $(HAVE_DEMOS)
endif

.PHONY: all
all: $(SETUP)  ## everything: deck, handbook, figures
	@$(PY) build.py

.PHONY: deck handbook figures flashcards
deck handbook figures flashcards: $(SETUP)  ## one product
	@$(PY) build.py $@

.PHONY: check
check: $(HAVE_TOOL)  ## read and judge the notes, write nothing
	@$(PY) build.py check

.PHONY: setup
setup: $(SETUP)  ## only install

.PHONY: test
test: lint  ## every check and test but the slow ones
	@$(PY) -m pytest -n $(JOBS) --dist loadgroup $(PYTEST_ARGS)

.PHONY: lint
lint: $(SETUP) $(HAVE_DEV) $(HAVE_PROGRAMS)  ## ruff and mypy
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy

.PHONY: format
format: $(HAVE_DEV)  ## let ruff mend what it can
	@$(PY) -m ruff check --fix .
	@$(PY) -m ruff format .

.PHONY: torture
torture: $(SETUP) $(HAVE_DEV) $(HAVE_PROGRAMS)  ## the tests that take long
	@$(PY) -m pytest -m torture -n $(JOBS) --dist loadgroup $(PYTEST_ARGS)

.PHONY: bench
bench: $(SETUP) $(HAVE_DEV) $(HAVE_PROGRAMS)  ## the benchmarks, side by side with other tools
	@$(PY) -m benchmarks

.PHONY: lock
lock: $(HAVE_VENV)  ## resolve pyproject.toml into the locks (UPGRADE=1: the newest versions)
	@$(PY) scripts/lock.py $(if $(UPGRADE),--upgrade)

.PHONY: clean
clean:  ## remove what was built
	@rm -rf out .mypy_cache .ruff_cache .pytest_cache .hypothesis

.PHONY: distclean
distclean: clean  ## and the virtual environment
	@rm -rf $(VENV)

.PHONY: help
help:  ## this list
	@sed -n 's/^\([a-z][a-z ]*\):.*## \(.*\)/  \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 40

$(HAVE_VENV):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Bindery needs Python 3.11 or newer; choose one: make PYTHON=python3.12" >&2; exit 3; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
	  echo "Python lacks its venv module; install it: apt-get install -y python3-venv" >&2; exit 3; }
	@echo "Setting up $(VENV) (once) ..."
	@test -x $(PY) || $(PYTHON) -m venv --clear $(VENV)
	@mkdir -p $(STAMPS) && touch $@

$(HAVE_TOOL): $(HAVE_VENV)
	@echo "Installing requirements.lock ..."
	@$(INSTALL) -r requirements.lock
	@rm -f $(STAMPS)/tool-* && touch $@

$(HAVE_DEMOS): $(HAVE_TOOL)
	@echo "Installing requirements-demos.lock (PyTorch; make DEMOS=0 does without) ..."
	@$(INSTALL) $(if $(TORCH_INDEX),--extra-index-url $(TORCH_INDEX)) \
	  -c requirements.lock -r requirements-demos.lock
	@rm -f $(STAMPS)/demos-* && touch $@

# Of aqt, Anki's desktop program, only the web files are wanted: its reviewer and its MathJax.
$(HAVE_DEV): $(HAVE_TOOL)
	@echo "Installing requirements-dev.lock ..."
	@$(INSTALL) -c requirements.lock -r requirements-dev.lock
	@$(INSTALL) --no-deps "aqt==$$(sed -n 's/^anki==//p' requirements-dev.lock)"
	@rm -f $(STAMPS)/dev-* && touch $@

$(HAVE_LIBRARIES): $(HAVE_TOOL)
	@$(PY) scripts/system_packages.py book
	@touch $@

$(HAVE_PROGRAMS): $(HAVE_VENV)
	@$(PY) scripts/system_packages.py tests
	@touch $@
