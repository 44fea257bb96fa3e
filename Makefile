# Plenum: the two commands of the README, and what they are made of.
.PHONY: build demo check soak fuzz clean

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

# make fuzz MINUTES=10: each target so long.
fuzz:
	@tools/deps check
	@tools/fuzz $(or $(MINUTES),1)

clean:
	rm -rf build build-*
