/* tables/input.c — the buffer between the source and the readers. */
#include <string.h>

#include "base/check.h"
#include "base/mem.h"
#include "tables/reader.h"

static struct fault room_make(struct table_reader *reader, uint32_t want)
{
	struct table_input *input = &reader->input;

	if (input->start != 0) {
		mem_move(input->buffer, input->buffer + input->start, input->end - input->start);
		input->end -= input->start;
		input->start = 0;
	}
	if (want <= input->room)
		return fault_none();
	uint32_t room = input->room == 0 ? TABLE_INPUT_OCTETS_MIN : input->room * 2;
	while (room < want)
		room *= 2;
	uint8_t *fresh = heap_resize(reader->request->heap, input->buffer, input->room, room);
	if (fresh == NULL)
		return table_out_of_memory(reader);
	input->buffer = fresh;
	input->room = room;
	return fault_none();
}

struct fault table_input_fill(struct table_reader *reader, uint32_t want)
{
	struct table_input *input = &reader->input;
	const struct table_request *request = reader->request;

	CHECK(want <= 2 * TABLE_RECORD_OCTETS_MAX);
	if (input->end - input->start >= want || input->has_ended)
		return fault_none();
	TRY(room_make(reader, want));
	while (input->end - input->start < want && !input->has_ended) {
		uint32_t len_octets = 0;
		TRY(request->source->read(request->source, input->buffer + input->end,
					  input->room - input->end, &len_octets,
					  reader->complaints));
		CHECK(len_octets <= input->room - input->end);
		input->end += len_octets;
		input->has_ended = len_octets == 0;
		if (request->taker.progress != NULL)
			request->taker.progress(request->taker.context,
						request->source->taken_octets,
						request->source->total_octets);
	}
	return fault_none();
}

struct octets table_input_octets(const struct table_reader *reader)
{
	const struct table_input *input = &reader->input;

	return octets_of(input->buffer + input->start, input->end - input->start);
}

void table_input_take(struct table_reader *reader, uint32_t count)
{
	CHECK(count <= reader->input.end - reader->input.start);
	reader->input.start += count;
	reader->input.start_octet += count;
}

struct fault table_input_line(struct table_reader *reader, struct octets *line, bool *has)
{
	uint32_t searched = 0;

	*has = false;
	for (;;) {
		struct octets octets = table_input_octets(reader);
		const uint8_t *from = octets.at + searched;
		const uint8_t *end = octets.len_octets == searched ?
					     NULL :
					     memchr(from, '\n', octets.len_octets - searched);
		if (end != NULL || (reader->input.has_ended && octets.len_octets != 0)) {
			uint32_t len = end == NULL ? octets.len_octets :
						     (uint32_t)(end - octets.at);
			table_input_take(reader, end == NULL ? len : len + 1);
			reader->line++;
			*line = octets_of(octets.at, len);
			*has = true;
			return fault_none();
		}
		if (reader->input.has_ended)
			return fault_none();
		searched = octets.len_octets;
		if (searched >= TABLE_RECORD_OCTETS_MAX)
			return table_refuse_octet(reader, FAULT_LIMIT, reader->input.start_octet,
						  "the line that begins here is longer than %u "
						  "octets: this is no table as text",
						  TABLE_RECORD_OCTETS_MAX);
		TRY(table_input_fill(reader, searched + 1));
	}
}
