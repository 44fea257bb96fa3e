# Plenum: the two commands of the README, and what they are made of.
.PHONY: build demo check bad-input soak seeds bench-peers fuzz clean

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

# make soak MINUTES=30: plenum serve among real routers, a crowd of members, foes and troubles; SEED
# and MEMBERS, too.
soak: build
	@tools/deps check
	@python3 -B tests/soak/soak.py build/plenum --minutes $(or $(MINUTES),30) \
		--members $(or $(MEMBERS),100) $(if $(SEED),--seed $(SEED))

# Thousands of seeds of the random tests, others each time.
seeds:
	@tools/deps check
	@tools/seeds

# Beside the route servers that people run, into docs/performance.md.  LOADS, DAEMONS, FAMILIES and PHASES
# narrow it down: then the tables are printed only.
bench-peers: build
	@tools/deps peers
	@python3 -B bench/peers/run.py build/plenum --minutes $(or $(MINUTES),15) --runs $(or $(RUNS),5) \
		--loads "$(LOADS)" --daemons "$(DAEMONS)" --families "$(or $(FAMILIES),ipv4 ipv6)" \
		--phases "$(PHASES)" $(if $(LOADS)$(DAEMONS)$(FAMILIES)$(PHASES),,--write docs)

# make fuzz MINUTES=10: each target so long.
fuzz:
	@tools/deps check
	@tools/fuzz $(or $(MINUTES),1)

clean:
	rm -rf build build-*
