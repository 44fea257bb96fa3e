/* speaker/inside.h — the inside of the speakers, for the files of this folder.
 * Owns    speakers what they hold: speakers_new/_free
 * Faults  LIMIT: memory is out
 * Thread  the speakers' */
#ifndef SPEAKER_INSIDE_H
#define SPEAKER_INSIDE_H

#include "net/deadline.h"
#include "speaker/speakers.h"

/* A path of a family received with ADD-PATH; set 0 = free, key 0 with set 0 was never used. */
struct held_path {
	uint32_t number;
	uint32_t path_id;
	uint32_t set;
	bool was_used;
};

struct held_paths {
	struct held_path *slot;
	uint32_t room;
	uint32_t used; /* slots that were ever used since the table was last made */
};

/* Octets on their way out, or kept. */
struct feed {
	uint8_t *octets;
	uint32_t len_octets;
	uint32_t room;
	uint32_t at;       /* said so far */
	uint32_t boundary; /* the start of a message, at or before `at` */
};

struct speaker {
	struct speaker_config config;
	struct bgp_session fsm;
	struct port_stream stream;
	uint32_t place; /* of the session's two; BGP_CONNECTIONS while connecting */
	bool is_configured;
	bool is_writable;
	bool is_unread; /* reading stopped for the others' sake */
	bool is_paused; /* by order */
	bool is_asked;  /* for all its routes again: when the message on its way is out */
	struct feed feed;
	struct feed control; /* OPEN, KEEPALIVE, NOTIFICATION; between messages of the feed */
	uint8_t *partial;    /* an unfinished message */
	uint32_t partial_len;
	uint32_t partial_room;
	bool add_path[FAMILY_COUNT]; /* received, in this session */
	uint32_t *set;               /* by number; 0 = none */
	struct held_paths paths;
	uint32_t tag; /* enum sets_tag, of this session */
	struct speaker_view view;
};

struct speakers {
	struct heap *heap;
	struct port *port;
	struct universe *universe;
	struct sets *sets;
	uint32_t count;
	uint32_t set_count; /* of the arrays: the universe when the first was made */
	bool held_back;
	struct speakers_watch watch;
	struct instant now;
	struct deadlines deadlines;
	struct speaker *speaker;
	uint32_t *unread; /* speakers that were left in mid-reading */
	uint32_t unread_count;
	uint32_t speaker_of[PORT_STREAMS_MAX];                /* + 1; 0 = none */
	uint8_t scratch[2 * BGP_EXTENDED_MESSAGE_OCTETS_MAX]; /* attributes put together */
	uint8_t wire[2][3 * BGP_MESSAGE_OCTETS_MAX];          /* what the state machine writes */
	uint8_t input[SPEAKERS_INPUT_OCTETS];
};

/* --- feed.c --- */
bool feed_say(struct heap *heap, struct feed *feed, struct octets octets);
void feed_free(struct heap *heap, struct feed *feed);

/* Says what there is to say, as far as the stream takes it. */
void speaker_flush(struct speakers *speakers, struct speaker *speaker);

/* --- intake.c --- */
void speaker_update(struct speakers *speakers, struct speaker *speaker, struct octets body);

/* The body of an UPDATE that will be taken soon: what it will change is fetched into the cache. */
void speaker_update_foresee(const struct speakers *speakers, const struct speaker *speaker,
			    struct octets body);

/* --- held.c --- */
MUST_USE struct fault held_init(struct speakers *speakers, struct speaker *speaker);
void held_fini(struct speakers *speakers, struct speaker *speaker);
void held_clear(struct speakers *speakers, struct speaker *speaker);
MUST_USE struct fault held_path_set(struct speakers *speakers, struct speaker *speaker,
				    uint32_t number, uint32_t path_id, uint32_t set);

static inline void held_set(struct speaker *speaker, uint32_t number, uint32_t set)
{
	uint32_t old = speaker->set[number];

	if (old == set)
		return;
	speaker->view.digest += (set != 0 ? speaker_digest_of(number, set) : 0) -
				(old != 0 ? speaker_digest_of(number, old) : 0);
	speaker->view.held_count += (uint32_t)(set != 0) - (uint32_t)(old != 0);
	speaker->set[number] = set;
}

#endif
