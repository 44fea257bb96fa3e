/* rib/log.c — the fan-out log.
 *
 * Invariants
 *  1. Segments are ordered by number and by epoch; the newest is last.
 *  2. readers of a segment = cursors standing in it; a cursor's record_index <= record_count.
 *  3. A segment is freed only from the front, when readers and pins are 0 and it is not the newest;
 *     so a place in the log stays readable for as long as any cursor or pin is at or before it.
 *  4. What is committed is never changed. */
#include "rib/log.h"

#include "base/check.h"

#define SEGMENT_SETS_MIN 16u

void log_init(struct log *log, struct heap *heap)
{
	*log = (struct log){ .heap = heap };
}

static void segment_free(struct log *log, struct log_segment *segment)
{
	CHECK(segment->readers == 0);
	CHECK(segment->pins == 0);
	heap_free(log->heap, segment->sets, segment->set_room * sizeof *segment->sets);
	log->set_octets -= segment->set_room * sizeof *segment->sets;
	heap_free(log->heap, segment, sizeof *segment);
	log->segment_count--;
}

void log_fini(struct log *log)
{
	while (log->oldest != NULL) {
		struct log_segment *segment = log->oldest;
		log->oldest = segment->next;
		segment_free(log, segment);
	}
	log->newest = NULL;
}

/* Invariant 3. */
static void log_trim(struct log *log)
{
	while (log->oldest != log->newest && log->oldest->readers == 0 && log->oldest->pins == 0) {
		struct log_segment *segment = log->oldest;
		log->oldest = segment->next;
		segment_free(log, segment);
	}
}

static struct fault segment_open(struct log *log, uint32_t *epoch, struct instant now)
{
	struct log_segment *segment = heap_take(log->heap, sizeof *segment);

	if (segment == NULL)
		return fault_of(FAULT_LIMIT, 0);
	*epoch += 1;
	segment->next = NULL;
	segment->number = ++log->segments_opened;
	segment->epoch = *epoch;
	segment->record_count = 0;
	segment->used_octets = 0;
	segment->set_count = 0;
	segment->set_room = 0;
	segment->readers = 0;
	segment->pins = 0;
	segment->opened_at = now;
	segment->sets = NULL;
	if (log->newest != NULL)
		log->newest->next = segment;
	else
		log->oldest = segment;
	log->newest = segment;
	log->segment_count++;
	log_trim(log);
	return fault_none();
}

struct fault log_room(struct log *log, uint32_t len_octets, uint32_t *epoch, struct instant now,
		      struct wr *out)
{
	CHECK(len_octets <= LOG_MESSAGE_OCTETS_MAX);
	struct log_segment *segment = log->newest;

	if (segment == NULL || LOG_SEGMENT_OCTETS - segment->used_octets < len_octets ||
	    segment->record_count == LOG_RECORDS_MAX) {
		TRY(segment_open(log, epoch, now));
		segment = log->newest;
	}
	*out = wr_of(segment->octets + segment->used_octets,
		     LOG_SEGMENT_OCTETS - segment->used_octets);
	return fault_none();
}

void log_commit(struct log *log, uint32_t len_octets, struct log_audience audience)
{
	struct log_segment *segment = log->newest;

	CHECK(segment != NULL && segment->record_count < LOG_RECORDS_MAX);
	CHECK(len_octets != 0 && LOG_SEGMENT_OCTETS - segment->used_octets >= len_octets);
	CHECK(audience.form != LOG_FORM_SET || audience.value < segment->set_count);
	segment->record[segment->record_count++] = (struct log_record){
		.at_octet = segment->used_octets,
		.len_octets = len_octets,
		.audience = audience,
	};
	segment->used_octets += len_octets;
	log->octets_encoded += len_octets;
}

struct fault log_keep_set(struct log *log, const struct session_set *set, struct log_audience *out)
{
	struct log_segment *segment = log->newest;

	CHECK(segment != NULL);
	uint32_t need = segment->set_count + 1;
	uint32_t room = segment->set_room;
	if (!heap_grow(log->heap, (void **)&segment->sets, &segment->set_room,
		       need < SEGMENT_SETS_MIN ? SEGMENT_SETS_MIN : need, sizeof *segment->sets))
		return fault_of(FAULT_LIMIT, 0);
	log->set_octets += (segment->set_room - room) * sizeof *segment->sets;
	segment->sets[segment->set_count] = *set;
	*out = (struct log_audience){ .form = LOG_FORM_SET,
				      .value = segment->set_count++ & LOG_VALUE_MASK };
	return fault_none();
}

struct fault log_cursor_at_end(struct log *log, uint32_t *epoch, struct instant now,
			       struct log_cursor *out)
{
	if (log->newest == NULL)
		TRY(segment_open(log, epoch, now));
	log->newest->readers++;
	*out = (struct log_cursor){ .segment = log->newest,
				    .record_index = log->newest->record_count };
	return fault_none();
}

void log_cursor_move(struct log *log, struct log_cursor *cursor, struct log_cursor to)
{
	CHECK(cursor->segment != NULL && to.segment != NULL);
	CHECK(to.record_index <= to.segment->record_count);
	if (cursor->segment != to.segment) {
		CHECK(cursor->segment->readers != 0);
		to.segment->readers++;
		cursor->segment->readers--;
	}
	*cursor = to;
	log_trim(log);
}

void log_cursor_drop(struct log *log, struct log_cursor *cursor)
{
	if (cursor->segment == NULL)
		return;
	CHECK(cursor->segment->readers != 0);
	cursor->segment->readers--;
	*cursor = (struct log_cursor){ 0 };
	log_trim(log);
}

bool log_cursor_is_at_end(const struct log_cursor *cursor)
{
	return cursor->segment->next == NULL &&
	       cursor->record_index == cursor->segment->record_count;
}

void log_pin(struct log_segment *segment)
{
	segment->pins++;
}

void log_unpin(struct log *log, struct log_segment *segment)
{
	CHECK(segment->pins != 0);
	segment->pins--;
	log_trim(log);
}
