/* demo/play.h — the members' routers of a scene, what they hold, and what they should.
 * Owns    speakers, model and lists, from the heap it was given; scene and plan outlive it
 * Faults  LIMIT when memory is out; SYSTEM
 * Thread  one */
#ifndef DEMO_PLAY_H
#define DEMO_PLAY_H

#include "demo/scene.h"
#include "demo/stage.h"

struct play;

struct play_counts {
	uint32_t session_count;
	uint32_t established_count;
	uint32_t complete_count; /* of these: they hold exactly what they should */
	uint64_t paths_wanted;   /* over all sessions */
	uint64_t paths_held;
	uint64_t octets_received; /* by the members */
	uint64_t changes; /* since the beginning: announcements and withdrawals of play_stir */
	uint64_t unsaid;  /* octets that members still have to say */
};

/* By family, over all sessions. */
struct play_totals {
	uint64_t routes[FAMILY_COUNT]; /* announced */
	uint64_t refused[FAMILY_COUNT];
	uint64_t prefixes[FAMILY_COUNT];
};

/* What one AS announces. */
struct play_member {
	uint32_t asn;
	const char *name; /* the scene's */
	uint64_t routes[FAMILY_COUNT];
};

MUST_USE struct fault play_new(struct heap *heap, const struct scene *scene,
			       const struct stage *stage, struct play **out);
void play_free(struct play *play); /* NULL is allowed */

/* One round of all routers, no later than `until`. */
void play_step(struct play *play, struct instant until);
struct instant play_now(struct play *play);

/* Sessions first, then everybody says what he has. */
void play_announce(struct play *play);

/* Works out what each session should hold now.  AGAIN: that was not done by `until`, if it is set;
 * then nothing can be compared. */
MUST_USE struct fault play_expect(struct play *play, struct instant until);

/* Something of what is announced is withdrawn, or announced again. */
MUST_USE struct fault play_stir(struct play *play, uint32_t random);

void play_counts_of(const struct play *play, struct play_counts *out);
void play_totals_of(const struct play *play, struct play_totals *out);

/* Those that announce the most, most first; how many there are of them. */
uint32_t play_busiest(const struct play *play, struct play_member *out, uint32_t room);

/* Adds to count[reason] (enum reason) the family's routes refused for it. */
void play_reasons_of(const struct play *play, enum family family, uint64_t *count,
		     uint32_t count_room);

/* The first differences, as sentences. */
void play_differences(struct play *play, struct complaints *complaints);

/* A route to look at: refused for `reason`, or for 0, one that several members announce. */
bool play_example(const struct play *play, uint8_t reason, struct prefix *prefix, uint32_t *asn);

#endif
