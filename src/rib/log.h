/* rib/log.h — the fan-out log of one wire profile: messages encoded once, read by many sessions.
 *
 * Shape   a chain of segments, oldest first.  A segment holds whole BGP messages one behind the
 *         other, a record for each message (where it lies, who gets it), and the sets the records
 *         name. Records lie apart from the octets, so messages that follow each other and go to
 *         the same session are one stretch of memory for writev(2).
 * Bound   LOG_SEGMENT_OCTETS and LOG_RECORDS_MAX a segment; RIB_WINDOW_OCTETS a log, checked by the
 *         flush before it encodes a batch of RIB_BATCH_OCTETS
 * Owns    its segments.  A segment lives while a cursor stands in it, octets of it are pinned, or
 *         it is the newest
 * Faults  LIMIT when memory is out
 * Thread  the owner of the shard */
#ifndef RIB_LOG_H
#define RIB_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/fault.h"
#include "base/heap.h"
#include "base/instant.h"
#include "base/octets.h"
#include "base/wr.h"
#include "net/identifier.h"
#include "net/sessions.h"

#define LOG_SEGMENT_OCTETS (256u * 1024u)
#define LOG_RECORDS_MAX 4096u
#define LOG_MESSAGE_OCTETS_MAX 65535u

/* Who gets a message, in 32 bits: two for the form, the rest its value. */
enum log_form {
	LOG_FORM_ALL_BUT = 0, /* all sessions but one */
	LOG_FORM_ONLY = 1,    /* one session */
	LOG_FORM_SET = 2,     /* a set kept in the segment, by its number */
};

struct log_audience {
	uint32_t form : 2;
	uint32_t value : 30;
};

#define LOG_VALUE_MASK 0x3fffffffu

struct log_record {
	uint32_t at_octet;
	uint32_t len_octets;
	struct log_audience audience;
};

struct log_segment {
	struct log_segment *next;
	uint64_t number; /* of the segment, ascending, never reused */
	uint32_t epoch;  /* the table's epoch when the segment was opened */
	uint32_t record_count;
	uint32_t used_octets;
	uint32_t set_count;
	uint32_t set_room;
	uint32_t readers; /* cursors standing here */
	uint32_t pins;    /* stretches handed out and not yet given back */
	struct instant opened_at;
	struct session_set *sets;
	struct log_record record[LOG_RECORDS_MAX];
	uint8_t octets[LOG_SEGMENT_OCTETS];
};

struct log {
	struct heap *heap;
	struct log_segment *oldest;
	struct log_segment *newest;
	uint64_t segments_opened;
	uint64_t octets_encoded;
	uint64_t set_octets; /* of all segments' sets */
	uint32_t segment_count;
};

/* A reader's place: the next record it has not seen. */
struct log_cursor {
	struct log_segment *segment; /* NULL = nowhere */
	uint32_t record_index;
};

void log_init(struct log *log, struct heap *heap);

/* No cursor may stand in it. */
void log_fini(struct log *log);

static inline uint64_t log_octets_held(const struct log *log)
{
	return (uint64_t)log->segment_count * LOG_SEGMENT_OCTETS + log->set_octets;
}

/* With the records. */
static inline uint64_t log_octets_memory(const struct log *log)
{
	return (uint64_t)log->segment_count * sizeof(struct log_segment) + log->set_octets;
}

/* Room for one more message of `len_octets` with its record: the newest segment, or a fresh one
 * whose epoch becomes `*epoch` + 1, which is stored back.  The writer covers what is free of the
 * segment. */
MUST_USE struct fault log_room(struct log *log, uint32_t len_octets, uint32_t *epoch,
			       struct instant now, struct wr *out);

/* The message just written through log_room's writer, `len_octets` long, is for `audience`. */
void log_commit(struct log *log, uint32_t len_octets, struct log_audience audience);

/* Keeps `set` in the newest segment and names it. */
MUST_USE struct fault log_keep_set(struct log *log, const struct session_set *set,
				   struct log_audience *out);

/* At the end of the log: what comes next is what it sees. */
MUST_USE struct fault log_cursor_at_end(struct log *log, uint32_t *epoch, struct instant now,
					struct log_cursor *out);
void log_cursor_move(struct log *log, struct log_cursor *cursor, struct log_cursor to);
void log_cursor_drop(struct log *log, struct log_cursor *cursor);
bool log_cursor_is_at_end(const struct log_cursor *cursor);

void log_pin(struct log_segment *segment);
void log_unpin(struct log *log, struct log_segment *segment);

static inline bool log_audience_has(const struct log_segment *segment, struct log_audience audience,
				    struct session_id session)
{
	if (audience.form == LOG_FORM_ALL_BUT)
		return audience.value != session.index;
	if (audience.form == LOG_FORM_ONLY)
		return audience.value == session.index;
	return session_set_has(&segment->sets[audience.value], session);
}

#endif
