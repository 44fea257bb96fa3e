# Plenum: the two commands of the README, and what they are made of.
.PHONY: build demo check soak deps clean

JOBS ?= $(shell nproc)

build: deps
	@tools/build release build

demo: build
	@build/plenum demo

check: deps
	@tools/check

soak: deps
	@tools/soak

deps:
	@tools/deps

clean:
	rm -rf build build-*
