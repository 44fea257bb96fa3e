# Plenum: the two commands of the README, and what they are made of.
.PHONY: build demo check soak clean

build:
	@tools/deps build
	@tools/build release build

demo: build
	@build/plenum demo

check:
	@tools/deps check
	@tools/check

soak:
	@tools/deps check
	@tools/soak

clean:
	rm -rf build build-*
