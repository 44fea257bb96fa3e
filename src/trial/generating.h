/* trial/generating.h — the inside of the generator, for its files.
 *
 *   generator.c  sessions and phases      expected.c  what members hold against what they must
 *   changes.c    single changes, timed    latencies.c  what is made of the times
 * Owns    a generator its sessions and what was timed
 * Faults  LIMIT: memory is out · those of the port
 * Thread  the generator's */
#ifndef TRIAL_GENERATING_H
#define TRIAL_GENERATING_H

#include "speaker/speakers.h"
#include "sys/port.h"
#include "trial/inside.h"

/* A change on its way to those who must hear of it. */
struct change {
	uint32_t set;       /* that they must come to hold */
	uint32_t receivers; /* who lack it still; 0 = it has arrived */
	uint32_t variant;   /* of the attribute set, as said last; 0 = its own */
	uint32_t candidate; /* as which it is announced */
	struct instant sent;
};

/* One that arrived. */
struct landing {
	struct instant sent;
	int64_t took_ns;
};

struct changes {
	struct change *change;  /* by prefix */
	struct landing *landed; /* in order of landing */
	uint32_t landed_count;
	uint32_t landed_room;
	uint32_t flying; /* sent and not landed */
	uint32_t said;
	uint32_t *route; /* by member: which of its routes is next */
	uint64_t needless;
};

struct generator {
	const struct trial_stage *stage;
	const struct load_config *config;
	struct heap heap;
	struct sys_port sys;
	struct universe universe;
	struct sets sets;
	struct load load;
	struct speakers *speakers;
	uint64_t *digest_wanted;
	uint32_t *count_wanted;
	bool slow_ones_count; /* towards being complete */
	struct instant slow_turn;
	struct instant kernel_look;
	uint64_t kernel_at_first;
	struct changes changes;
	struct trial_result *result;
};

/* --- generator.c --- */
struct instant generator_now(struct generator *generator);

/* One round of all speakers, no longer than `until`. */
void generator_step(struct generator *generator, struct instant until);

/* Steps until the condition holds; false when the time is over. */
bool generator_await(struct generator *generator,
		     bool (*holds)(struct generator *, uint32_t *from));

enum wanted {
	WANTED_ALL = 0,
	WANTED_OUT,      /* what the present round of churn withdraws */
	WANTED_UNCHANGED /* what has its own attribute set */
};

/* All such routes of a member, in their own attribute sets. */
MUST_USE struct fault generator_say_all(struct generator *generator, uint32_t member,
					enum wanted wanted, bool withdraw);

/* Says in the result's trouble how far it came. */
void generator_trouble(struct generator *generator, const char *phase);

/* --- expected.c --- */
void expected_make(struct generator *generator);
bool expected_held(const struct generator *generator, uint32_t member);
bool expected_is_slow(const struct generator *generator, uint32_t member);

/* Looks from the member on that was missing last time. */
bool expected_all(struct generator *generator, uint32_t *from);

/* Everybody holds as many routes as he should, whatever their attributes. */
bool expected_counts(struct generator *generator, uint32_t *from);

/* Every member and prefix: a digest alone could lie. */
bool expected_equal(struct generator *generator);
void expected_progress(struct generator *generator);

/* The first member and prefix that differ, for people. */
void expected_example(const struct generator *generator, char *out, size_t room);

/* --- changes.c --- */
bool changes_trickle(struct generator *generator);
bool changes_probe(struct generator *generator);
bool changes_rules(struct generator *generator);

/* --- latencies.c --- */
MUST_USE bool landing_add(struct generator *generator, struct landing landing);

/* Of what was sent between the two, the first included. */
struct trial_latency landings_between(struct generator *generator, struct instant from,
				      struct instant to);

#endif
