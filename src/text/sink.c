/* text/sink.c — formatted pieces, and text in memory. */
#include "text/sink.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

bool text_put(struct text_sink sink, const char *format, ...)
{
	char text[TEXT_PUT_MAX + 1];
	va_list arguments;

	va_start(arguments, format);
	int len = vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	return len >= 0 && (size_t)len < sizeof text && text_put_octets(sink, text, (size_t)len);
}

bool text_put_octets(struct text_sink sink, const char *octets, size_t len)
{
	return len == 0 || sink.put(sink.context, octets, len);
}

bool text_put_text(struct text_sink sink, const char *text)
{
	return text_put_octets(sink, text, strlen(text));
}

void text_buffer_init(struct text_buffer *buffer, struct heap *heap, uint32_t len_max)
{
	*buffer = (struct text_buffer){ .heap = heap, .len_max = len_max };
}

void text_buffer_fini(struct text_buffer *buffer)
{
	heap_free(buffer->heap, buffer->text, buffer->room);
	text_buffer_init(buffer, buffer->heap, buffer->len_max);
}

void text_buffer_clear(struct text_buffer *buffer)
{
	buffer->len_octets = 0;
	buffer->is_cut = false;
	if (buffer->text != NULL)
		buffer->text[0] = '\0';
}

static bool buffer_put(void *context, const char *octets, size_t len)
{
	struct text_buffer *buffer = context;
	uint64_t need = (uint64_t)buffer->len_octets + len;

	if (buffer->is_cut)
		return false;
	if (need >= UINT32_MAX || (buffer->len_max != 0 && need > buffer->len_max) ||
	    !heap_grow(buffer->heap, (void **)&buffer->text, &buffer->room, (uint32_t)need + 1,
		       1)) {
		buffer->is_cut = true;
		return false;
	}
	mem_copy(buffer->text + buffer->len_octets, octets, len);
	buffer->len_octets = (uint32_t)need;
	buffer->text[need] = '\0';
	return true;
}

struct text_sink text_buffer_sink(struct text_buffer *buffer)
{
	return (struct text_sink){ buffer_put, buffer };
}

const char *text_buffer_of(const struct text_buffer *buffer)
{
	return buffer->text != NULL ? buffer->text : "";
}

/* --- gathered --------------------------------------------------------------------------------- */

static bool gather_put(void *context, const char *octets, size_t len)
{
	struct text_gather *gather = context;

	while (len != 0 && !gather->has_failed) {
		size_t room = TEXT_GATHER_OCTETS - gather->len_octets;
		size_t part = len < room ? len : room;
		mem_copy(gather->octets + gather->len_octets, octets, part);
		gather->len_octets += (uint32_t)part;
		octets += part;
		len -= part;
		if (gather->len_octets == TEXT_GATHER_OCTETS)
			(void)text_gather_end(gather);
	}
	return !gather->has_failed;
}

struct text_sink text_gather_init(struct text_gather *gather, struct text_sink to)
{
	gather->to = to;
	gather->len_octets = 0;
	gather->has_failed = false;
	return (struct text_sink){ gather_put, gather };
}

bool text_gather_end(struct text_gather *gather)
{
	if (gather->len_octets != 0 && !gather->has_failed)
		gather->has_failed = !gather->to.put(gather->to.context, gather->octets,
						     gather->len_octets);
	gather->len_octets = 0;
	return !gather->has_failed;
}
