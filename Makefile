# make demo      the whole pipeline on the preset tiny, results in runs/tiny
# make test      everything CI runs: lines and names checked, notebooks and modules in step, lessons, pytest
# make lint      only ruff: format and check, in seconds (make format puts right what it can)
# make lab       JupyterLab on the notebooks, open at the front page
# make bench     the benchmarks that need no finished run, one line of JSON each
# make install   only set up $(VENV) from requirements.lock (the others do it first; instant when done)
# make export    write nasbert/ from the notebooks and index.ipynb from README.md, and clean them (in place)
# make docs      the pages and notebooks as a site in _docs/: by Quarto where it is installed, else by Sphinx; runs no notebook
# make figures   pictures and tables in the notebooks from finished runs: RUN="runs/a runs/b" TEACHER=its-name TEXT=of-what
# make release   VERSION=0.2.0: version and changelog written, a wheel built and tried in a bare environment; RUN=a finished run
# make wheel     a wheel in dist/
#
# PYTHON=python3.12     interpreter for the environment
# VENV=path             environment to use; made where it does not exist
# TORCH=keep            leave torch as it is (a GPU build, another version; 2.11 or later): the one of VENV where VENV exists,
#                       else the one PYTHON has outside of any environment
# LAB="..."             more options for JupyterLab: as root, and where no browser is, make lab LAB="--allow-root --no-browser"
# PIP_ARGS="..."        more options for pip, for example on Linux, to fetch torch without its gigabytes of CUDA libraries:
#                       make install PIP_ARGS="--extra-index-url https://download.pytorch.org/whl/cpu"

PYTHON ?= python3
VENV ?= .venv
TORCH ?= lock
LAB ?=
PIP_ARGS ?=
BIN := $(VENV)/bin
STAMP := $(VENV)/.nasbert-installed

.DEFAULT_GOAL := demo
.PHONY: install demo test lint format sync lessons pytest able-to-start lab bench export docs figures release wheel

install: $(STAMP)

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and f"$(PYTHON) is Python {sys.version.split()[0]}: give 3.11 or later, for example make PYTHON=python3.11")'
	@# Debian splits ensurepip off: without it the environment gets pip from the interpreter's own pip
	@test -x $(BIN)/python || { options=$$(test $(TORCH) = keep && echo --system-site-packages || true); \
	  $(PYTHON) -m venv $$options $(VENV) >/dev/null 2>&1 || { rm -rf $(VENV) && $(PYTHON) -m venv --without-pip $$options $(VENV) && \
	  $(PYTHON) -m pip --python $(BIN)/python install -q $(PIP_ARGS) pip; }; }
ifeq ($(TORCH),keep)
	@$(BIN)/python -c 'import torch; v = tuple(map(int, torch.__version__.split(".")[:2])); assert v >= (2, 11)' || \
	  { echo "TORCH=keep: $(BIN)/python has no torch 2.11 or later: install one there, or leave TORCH=keep out"; exit 1; }
	grep -v '^torch==' requirements.lock > $(VENV)/requirements.txt
	$(BIN)/python -m pip install -q --disable-pip-version-check $(PIP_ARGS) -r $(VENV)/requirements.txt
else
	$(BIN)/python -m pip install -q --disable-pip-version-check $(PIP_ARGS) -r requirements.lock
endif
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: install
	$(BIN)/nasbert run --preset tiny --run runs/tiny

test: lint sync lessons pytest

lint: install
	@$(BIN)/ruff format --check -q nbs tests docs || { echo "some lines are not as ruff formats them: run make format"; exit 1; }
	$(BIN)/ruff check -q nbs tests docs nasbert

format: install
	$(BIN)/ruff format nbs tests docs
	$(BIN)/ruff check --fix nbs tests docs

# Export and clean in a copy, so that a checkout with unfinished edits stays as it is.
sync: install
	@copy=$$(mktemp -d) && trap 'rm -rf "$$copy"' EXIT && \
	tar --exclude __pycache__ --exclude .ipynb_checkpoints -cf - pyproject.toml README.md settings.ini _quarto.yml nasbert nbs | tar -xf - -C "$$copy" && \
	( bin=$$(cd $(BIN) && pwd) && cd "$$copy" && "$$bin"/nbdev-export && "$$bin"/nbdev-clean ) && \
	for part in nasbert nbs; do diff -r -u -x __pycache__ -x .ipynb_checkpoints $$part "$$copy"/$$part || \
	  { echo "$$part/ is not what export and clean make of the notebooks (- is here, + is made): run make export"; exit 1; }; done && \
	echo "nbs/ and nasbert/ are in step"

# as many notebooks at a time as there are cores, each with one thread: threads that wait for one another on busy cores crawl
lessons: install
	OMP_NUM_THREADS=1 $(BIN)/nbdev_test

# a worker that dies ends the tests: its file would be begun again by eight others
pytest: install
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest tests -n 2 --dist loadfile --max-worker-restart 0

# said before minutes of installing
able-to-start:
	@case "$$(id -u) $(LAB)" in "0 "*--allow-root*) ;; "0 "*) \
	  echo 'you are root, and JupyterLab does not start as root unless told so: make lab LAB="--allow-root --no-browser"'; exit 1;; esac

# what is saved is cleaned as nbdev-clean does it, so that looking at a notebook changes nothing
lab: able-to-start install
	$(BIN)/jupyter lab $(LAB) --notebook-dir nbs --LabApp.default_url=/lab/tree/index.ipynb \
	  --ContentsManager.pre_save_hook=nbdev.clean.clean_jupyter

bench: install
	@for name in starts sepconv rank_tree frontier latency_table shrinking supernet_step distill_step family data workbench; do line=$$($(BIN)/python tests/benchmarks/$$name.py) || exit 1; echo "$$name $$(echo "$$line" | tail -n 1)"; done

export: install
	$(BIN)/python tests/front_page.py
	$(BIN)/nbdev-export
	$(BIN)/nbdev-clean

# nbdev-docs would try to install Quarto where it is missing
docs: install
	@if command -v quarto >/dev/null; then $(BIN)/nbdev-docs; \
	else $(BIN)/python -m sphinx -q -W --keep-going -b html -d _proc/doctrees -c docs . _docs; fi && echo "open _docs/index.html"

# nbdev-clean puts the notebooks into the form that they are kept in
figures: install
	$(BIN)/python docs/figures.py $(RUN) --teacher "$(TEACHER)" --text "$(TEXT)"
	$(BIN)/nbdev-clean

wheel: install
	$(BIN)/python -m build --wheel --no-isolation

release: install
	$(BIN)/python tests/release.py $(VERSION) $(if $(RUN),--run $(RUN))
