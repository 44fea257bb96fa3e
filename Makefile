# Plenum: the two commands of the README, and what they are made of.
.PHONY: build demo check bad-input soak bench-peers fuzz clean

build:
	@tools/deps build
	@tools/build release build

demo: build
	@build/plenum demo

check:
	@tools/deps check
	@tools/check

# Says every case of bad input to Plenum and to BIRD, OpenBGPD, FRR and GoBGP: docs/bad-input.md.
bad-input: build
	@tools/deps check
	@python3 tests/hostile/bad_input/others.py build/plenum docs/bad-input.md

soak:
	@tools/deps check
	@tools/soak

# Beside the route servers that people run: LOADS, DAEMONS, FAMILIES and PHASES narrow it down.
bench-peers: build
	@tools/deps peers
	@python3 -B bench/peers/run.py build/plenum --minutes $(or $(MINUTES),15) --runs $(or $(RUNS),5) \
		--loads "$(LOADS)" --daemons "$(DAEMONS)" --families "$(or $(FAMILIES),ipv4 ipv6)" \
		--phases "$(PHASES)" --write docs

# make fuzz MINUTES=10: each target so long.
fuzz:
	@tools/deps check
	@tools/fuzz $(or $(MINUTES),1)

clean:
	rm -rf build build-*
