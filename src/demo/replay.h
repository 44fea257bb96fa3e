/* demo/replay.h — a scene from files: members of an IX-F export, routes of routing tables.
 *
 * A table whose routes come from peers is played by them: with a list of members, each member found
 * in a route's path announces the route from there on, as it would have; without one, the peers are
 * the members, or the routers that a collector's next hops name.  A table of origins is announced
 * by the origins that are members, and for the others by a member of each origin's own.
 * Owns    nothing but what it was given
 * Faults  complaints say what is wrong with a file
 * Thread  one */
#ifndef DEMO_REPLAY_H
#define DEMO_REPLAY_H

#include "demo/scene.h"

struct replay_options {
	bool has_lan; /* only members, or next hops, in it */
	struct prefix lan;
	void (*progress)(void *context, uint64_t taken_octets, uint64_t total_octets);
	void *context;
};

MUST_USE struct fault replay_members(struct scene *scene, const char *file, struct octets text,
				     const struct replay_options *options,
				     struct complaints *complaints);

/* The path of a file, packed or not. */
MUST_USE struct fault replay_table(struct scene *scene, const char *path,
				   const struct replay_options *options,
				   struct complaints *complaints);

#endif
