/* speaker/speakers.h — many BGP speakers in one process: the routers of an exchange's members.
 *
 * Each connects to the route server from its own address, says what it is given to say, and holds
 * what it is sent.  All share one port, one universe of prefixes and one list of attribute sets.
 *
 *   speakers.c  the step, streams, the session's orders carried out
 *   feed.c      what a speaker says: a history of messages, said again at each new session
 *   intake.c    UPDATEs taken in
 *   held.c      what a speaker holds
 *   universe.h, sets.h, names.h   prefixes and attribute sets as numbers
 *
 * A speaker holds one attribute set a prefix in an array by the prefix's number; a family received
 * with ADD-PATH in a table by prefix and path identifier.  A digest of both, independent of order,
 * says whether it holds what it should without looking at it all.
 * Owns    streams and buffers; port, universe and sets are the caller's and outlive it
 * Bound   SESSIONS_MAX speakers; the universe may not grow once a speaker is configured
 * Faults  LIMIT when memory is out
 * Thread  one */
#ifndef SPEAKER_SPEAKERS_H
#define SPEAKER_SPEAKERS_H

#include "bgp/encode.h"
#include "bgp/session.h"
#include "net/port.h"
#include "speaker/sets.h"
#include "speaker/universe.h"

#define SPEAKERS_INPUT_OCTETS (256u * 1024u) /* read at once; shared by all speakers */
#define SPEAKERS_READS_MAX 4u                /* of one stream before the others have their turn */
#define SPEAKERS_WRITE_OCTETS (256u * 1024u)

struct speakers;

struct speaker_config {
	struct bgp_open offer; /* its OPEN: AS, router id, families, what it can do */
	uint32_t server_asn;
	struct address local; /* the source of its connection */
	struct port_endpoint server;
	struct port_secret secret;
};

/* Borrowed; changes with every step. */
struct speaker_view {
	enum bgp_state state;
	uint32_t established_count;
	bool end_of_rib[FAMILY_COUNT]; /* since the session was established */
	uint32_t held_count;           /* paths */
	uint64_t digest;
	uint64_t updates;
	uint64_t announced; /* prefixes */
	uint64_t withdrawn;
	uint64_t octets_received;
	uint64_t octets_sent;
	uint64_t unsaid;    /* octets of the feed still to be said */
	uint64_t strangers; /* prefixes that are not in the universe */
	uint64_t malformed; /* messages that could not be understood */
	struct bgp_last_error last_sent;
	struct bgp_last_error last_received;
};

MUST_USE struct fault speakers_new(struct heap *heap, struct port *port, struct universe *universe,
				   struct sets *sets, uint32_t count, struct speakers **out);

/* Streams are closed without a word. */
void speakers_free(struct speakers *speakers);

/* Before its start. */
MUST_USE struct fault speaker_configure(struct speakers *speakers, uint32_t speaker,
					const struct speaker_config *config);
void speaker_start(struct speakers *speakers, uint32_t speaker);

/* Cease / administrative shutdown; it does not come back by itself. */
void speaker_stop(struct speakers *speakers, uint32_t speaker);

/* The connection is lost without a word; it is tried again as the state machine does. */
void speaker_cut(struct speakers *speakers, uint32_t speaker);

/* Waits for the port no later than `until` (not set: as long as nothing is due) and does one
 * round. */
void speakers_step(struct speakers *speakers, struct instant until);

/* A speaker that is paused reads nothing by itself, only what it is told to: at most so many
 * octets.  Its own words and timers go on. */
void speaker_pause(struct speakers *speakers, uint32_t speaker, bool is_paused);
void speaker_read(struct speakers *speakers, uint32_t speaker, uint32_t octets_max);

/* Who is told of each prefix that a speaker hears of, what it held and what it holds now; sets 0 =
 * none.  Not of families with ADD-PATH.  NULL: nobody; then a large load passes quicker. */
struct speakers_watch {
	void (*heard)(void *context, uint32_t speaker, uint32_t number, uint32_t before,
		      uint32_t set);
	void *context;
};
void speakers_watch(struct speakers *speakers, const struct speakers_watch *watch);

/* While held back, feeds are taken but not said. */
void speakers_hold_back(struct speakers *speakers, bool held_back);

void speaker_view_of(const struct speakers *speakers, uint32_t speaker, struct speaker_view *out);

/* It holds so many paths with this digest, and has understood all it was sent. */
bool speaker_holds(const struct speakers *speakers, uint32_t speaker, uint32_t count,
		   uint64_t digest);

/* --- what a speaker says ---------------------------------------------------------------------- */

/* All prefixes are of one family, and are packed into as few messages as they fit in. */
MUST_USE struct fault speaker_announce(struct speakers *speakers, uint32_t speaker,
				       const struct bgp_attrs *attrs, const struct prefix *prefixes,
				       uint32_t count);
MUST_USE struct fault speaker_withdraw(struct speakers *speakers, uint32_t speaker,
				       const struct prefix *prefixes, uint32_t count);
MUST_USE struct fault speaker_end_of_rib(struct speakers *speakers, uint32_t speaker,
					 enum family family);

/* RFC 2918: asks for the family's routes again. */
MUST_USE struct fault speaker_refresh(struct speakers *speakers, uint32_t speaker,
				      enum family family);

/* Forgets what was said: a new session begins with what comes after.  AGAIN while some of it is
 * still to be said. */
MUST_USE struct fault speaker_forget(struct speakers *speakers, uint32_t speaker);

/* All that was taken counts as said in this session; for what was taken while held back. */
void speaker_was_said(struct speakers *speakers, uint32_t speaker);

/* --- what a speaker holds --------------------------------------------------------------------- */

/* The set of a prefix in a family without ADD-PATH; 0 when it holds none. */
uint32_t speaker_set_of(const struct speakers *speakers, uint32_t speaker, uint32_t number);

/* Calls for each path held; stops at false. */
void speaker_walk(const struct speakers *speakers, uint32_t speaker,
		  bool (*path)(void *context, uint32_t number, uint32_t path_id, uint32_t set),
		  void *context);

/* What a path adds to the digest: a model sums it over what should be held. */
static inline uint64_t speaker_digest_of(uint32_t number, uint32_t set)
{
	uint64_t x = ((uint64_t)number << 32 | set) * UINT64_C(0x9e3779b97f4a7c15);

	x ^= x >> 29;
	return x * UINT64_C(0xbf58476d1ce4e5b9);
}

#endif
