# The first Python that runs and is 3.11 to 3.13; failing that python3, so that tools/set_up.py says what is wrong.
RIGHT = import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11 python; do \
	"$$python" -c '$(RIGHT)' 2>/dev/null && echo "$$python" && exit; done; echo python3)

.PHONY: help set-up lab check test notebooks seeds newest class lock format reference benchmark site pictures

help: ## show this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1|\2/p' Makefile | awk -F '|' '{ printf "%-17s %s\n", $$1, $$2 }'

set-up:
	@$(PYTHON) tools/set_up.py

lab: set-up ## set everything up and open JupyterLab at lesson 01
	.venv/bin/jupyter lab --LabApp.default_url=/lab/tree/notebooks/01_ten_parameters.ipynb $(LAB_OPTIONS)

check: set-up ## style, spelling, and the tests that need no notebook: a few minutes
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/codespell
	.venv/bin/python -m pytest -n auto --maxprocesses 4 --dist loadscope -m "not slow" tests

test: set-up ## everything: style, spelling, all tests, every notebook
	.venv/bin/python -m utils.extras
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/codespell
	.venv/bin/python -m pytest -n auto --maxprocesses 4 --dist loadscope --no-loadscope-reorder

notebooks: set-up ## turn the sources that changed into notebooks (LESSONS="01 02" for these only)
	.venv/bin/python tools/make_notebooks.py $(LESSONS)

seeds: set-up ## run the lessons with all seeds moved, five times (LESSONS="04" for this one only)
	.venv/bin/python tools/move_seeds.py $(LESSONS)

newest: set-up ## run the lessons with the newest release of every package (LESSONS="04" for this one only)
	.venv/bin/python tools/newest.py $(LESSONS)

class: set-up ## write a class edition, without solutions, into the folder class (LESSONS="01 05" for these only)
	.venv/bin/python tools/make_class.py $(LESSONS)

site: .venv-site/complete ## make web pages of the stored notebooks, in build/site/html
	rm -rf build/site
	mkdir -p build/site/source/notebooks
	cp -Rp site/*.md README.md GLOSSARY.md pictures build/site/source
	cp -p notebooks/*.ipynb build/site/source/notebooks
	.venv-site/bin/sphinx-build -M html build/site/source build/site -c site --quiet --fail-on-warning

pictures: set-up ## make two pictures of the README anew, in Chromium
	.venv/bin/python tools/make_pictures.py

lock: set-up ## write requirements.txt, and lesson 15's two more, anew from pyproject.toml
	.venv/bin/uv pip compile --quiet --universal --python-version 3.11 --group dev \
		--custom-compile-command "make lock" pyproject.toml --output-file requirements.txt
	for extra in tuners trainer; do \
		.venv/bin/uv pip compile --quiet --universal --python-version 3.11 --extra $$extra \
			--constraints requirements.txt --no-annotate --no-header \
			pyproject.toml --output-file requirements-$$extra.txt || exit 1; \
		awk "$$ON_TOP" requirements.txt requirements-$$extra.txt > .venv/$$extra.txt; \
		{ echo '# What lesson 15 needs beyond requirements.txt, written by `make lock`.'; \
			cat .venv/$$extra.txt; } > requirements-$$extra.txt; \
	done

# Only what the first lock does not have; and nothing of CUDA, which PyTorch's ordinary build for Linux asks for itself.
export ON_TOP = NR == FNR { locked[$$1]; next } !($$1 in locked) && !/^(cuda|nvidia|triton)/

reference: .venv-reference/complete ## compare with other implementations anew and keep what they say in tests/snapshots
	.venv-reference/bin/python benchmarks/count_with_transformers.py
	.venv-reference/bin/python -m benchmarks.count_configs
	.venv-reference/bin/python -m benchmarks.smollm2_elsewhere

benchmark: .venv-reference/complete ## measure how fast the real model writes and learns, beside other programs
	.venv-reference/bin/python -m benchmarks.decode_speed
	.venv-reference/bin/python -m benchmarks.lora_step

.venv-reference/complete: requirements.txt requirements-trainer.txt | set-up
	.venv/bin/uv venv --quiet --clear --seed --python .venv/bin/python .venv-reference
	# PyTorch's CPU build comes from PyTorch's own index; where that is out of reach, Linux gets 5 GB more.
	.venv/bin/uv pip install --quiet --python .venv-reference/bin/python --torch-backend cpu \
		-r requirements.txt -r requirements-trainer.txt --group reference || \
	.venv/bin/uv pip install --quiet --python .venv-reference/bin/python \
		-r requirements.txt -r requirements-trainer.txt --group reference
	.venv-reference/bin/python -m utils.llm.fetch
	touch $@

.venv-site/complete: pyproject.toml requirements.txt | set-up
	.venv/bin/uv venv --quiet --clear --python .venv/bin/python .venv-site
	.venv/bin/uv pip install --quiet --python .venv-site/bin/python --constraint requirements.txt --group site
	touch $@

format: set-up ## put the code in its usual shape
	.venv/bin/ruff check --fix
	.venv/bin/ruff format
