# Plenum: the two commands of the README, and what they are made of.
.PHONY: build demo check soak bench-peers clean

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

# Beside the route servers that people run: LOADS, DAEMONS, FAMILIES and PHASES narrow it down.
MINUTES = 15
RUNS = 5
bench-peers: build
	@tools/deps peers
	@python3 -B bench/peers/run.py build/plenum --minutes $(MINUTES) --runs $(RUNS) --loads "$(LOADS)" \
		--daemons "$(DAEMONS)" $(if $(FAMILIES),--families "$(FAMILIES)") --phases "$(PHASES)" --write docs

clean:
	rm -rf build build-*
