/* thread/load.h — many hands at a served exchange: threads that ask it, change it, and behave badly
 * at its control socket, until the load is over.
 * Owns    the threads, from load_begin to load_end
 * Thread  the case's */
#ifndef THREAD_LOAD_H
#define THREAD_LOAD_H

#include "demo/scene.h"
#include "kit/random.h"
#include "thread/served.h"

#define LOAD_HANDS_MAX 16u
#define LOAD_TEXT_MAX 512u

enum hand_kind {
	HAND_ASKS = 0,    /* show and explain, over the control socket */
	HAND_LOOKS,       /* the same questions, asked of the running exchange itself */
	HAND_RUDE,        /* hangs up in the middle, says half a request, or nonsense */
	HAND_EDITS,       /* members come, change and go, over the control socket */
	HAND_EDITS_ITSELF /* the same by the registry's functions, under live sessions */
};

struct hand {
	struct load *load;
	bool found_no_place; /* the last time it asked */
	enum hand_kind kind;
	uint32_t number;
	pthread_t thread;
	struct random random;
	_Atomic uint32_t rounds;
	bool was_wrong;
	char wrong[LOAD_TEXT_MAX]; /* the first thing that was */
};

struct load {
	struct served *served;
	const struct scene *scene;
	_Atomic bool is_over;
	_Atomic bool may_end; /* the exchange may be away: no answer is right, too */
	uint32_t hand_count;
	struct hand hand[LOAD_HANDS_MAX];
};

void load_begin(struct load *load, struct served *served, const struct scene *scene,
		const enum hand_kind *kinds, uint32_t count, uint64_t seed);

/* The fewest rounds that a hand has behind it. */
uint32_t load_rounds(const struct load *load);

/* Waits for all hands; what went wrong is a failed check of the case. */
void load_end(struct load *load);

/* load_ask.c, load_edit.c: one round each.  False with hand->wrong filled. */
bool hand_asks(struct hand *hand);
bool hand_looks(struct hand *hand);
bool hand_is_rude(struct hand *hand);
bool hand_edits(struct hand *hand);
bool hand_edits_itself(struct hand *hand);
bool hand_wrong(struct hand *hand, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* As served_ask, but asks again while all places at the socket are taken and the load lasts. */
int hand_ask(struct hand *hand, const char *line, struct text_buffer *answer);

/* "Try again in a moment": the others get on with it meanwhile. */
void hand_waits(void);

/* The exchange may be away, or the load is over while no place was free. */
bool hand_may_fail(const struct hand *hand);

/* A scene's member, and one of its routes' prefixes, as the hand's chance has it. */
const struct scene_member *hand_member(struct hand *hand);
const struct prefix *hand_prefix(struct hand *hand);

#endif
