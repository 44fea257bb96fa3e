/* tables/table.c — one file from its first octet to its last. */
#include "tables/table.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tables/text.h"

#define SENTENCE_OCTETS_MAX 256u

struct fault table_refuse_octet(struct table_reader *reader, enum fault_kind kind, uint64_t octet,
				const char *format, ...)
{
	char sentence[SENTENCE_OCTETS_MAX];
	const char *packing = reader->request->source->packing;
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(sentence, sizeof sentence, format, arguments);
	va_end(arguments);
	complain(reader->complaints, false, "%s: octet %" PRIu64 "%s%s%s: %s",
		 reader->request->file, octet, packing != NULL ? " of what the " : "",
		 packing != NULL ? packing : "", packing != NULL ? " data holds" : "", sentence);
	return fault_of(kind, 0);
}

struct fault table_refuse_column(struct table_reader *reader, uint32_t column, const char *format,
				 ...)
{
	char sentence[SENTENCE_OCTETS_MAX];
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(sentence, sizeof sentence, format, arguments);
	va_end(arguments);
	complain(reader->complaints, false, "%s:%" PRIu64 ":%" PRIu32 ": %s", reader->request->file,
		 reader->line, column, sentence);
	return fault_of(FAULT_MALFORMED, 0);
}

struct fault table_out_of_memory(struct table_reader *reader)
{
	complain(reader->complaints, false, "%s: there is no memory left to read it",
		 reader->request->file);
	return fault_of(FAULT_LIMIT, 0);
}

void table_skip(struct table_reader *reader, const struct table_skip *skip)
{
	struct table_counts *counts = reader->counts;

	if (skip->is_route)
		counts->skipped_routes += skip->count;
	else
		counts->skipped_records += skip->count;
	for (uint32_t i = 0; i < counts->skip_count; i++) {
		struct table_skip *known = &counts->skips[i];
		if (known->type == skip->type && known->subtype == skip->subtype &&
		    known->is_route == skip->is_route && strcmp(known->why, skip->why) == 0) {
			known->count += skip->count;
			return;
		}
	}
	if (counts->skip_count < TABLE_SKIPS_MAX)
		counts->skips[counts->skip_count++] = *skip;
}

struct fault table_emit(struct table_reader *reader, const struct table_route *route)
{
	if (route->is_withdrawal)
		reader->counts->withdrawals++;
	else
		reader->counts->routes++;
	return reader->request->taker.route(reader->request->taker.context, route);
}

static struct fault recognise(struct table_reader *reader)
{
	TRY(table_input_fill(reader, MRT_HEADER_OCTETS));
	struct octets head = table_input_octets(reader);
	if (head.len_octets == 0) {
		complain(reader->complaints, false, "%s: the file is empty", reader->request->file);
		return fault_of(FAULT_SHORT, 0);
	}
	if (table_is_mrt(head)) {
		reader->counts->kind = "MRT";
		return table_mrt_read(reader);
	}
	if (table_is_json(head)) {
		reader->counts->kind = "JSON paths";
		return table_json_read(reader);
	}
	return table_text_read(reader);
}

struct fault table_read(const struct table_request *request, struct table_counts *counts,
			struct complaints *complaints)
{
	struct heap *heap = request->heap;
	struct table_reader *reader = heap_zero(heap, sizeof *reader);

	*counts = (struct table_counts){ 0 };
	if (reader == NULL) {
		complain(complaints, false, "%s: there is no memory left to read it",
			 request->file);
		return fault_of(FAULT_LIMIT, 0);
	}
	reader->request = request;
	reader->counts = counts;
	reader->complaints = complaints;
	struct fault fault = recognise(reader);
	heap_free(heap, reader->input.buffer, reader->input.room);
	heap_free(heap, reader->peers.list, reader->peers.room * sizeof *reader->peers.list);
	heap_free(heap, reader->peers.slots, TABLE_PEER_SLOTS * sizeof *reader->peers.slots);
	text_bird_free(reader);
	heap_free(heap, reader, sizeof *reader);
	return fault;
}
