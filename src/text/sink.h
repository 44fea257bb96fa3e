/* text/sink.h — where text goes: a function, so that a writer does not care whether it is a file,
 * a socket's queue or memory.
 * Owns    a sink owns nothing · a text_buffer its octets: text_buffer_init/_fini
 * Faults  put returns false when it took not all; whoever writes says so at the end
 * Bound   TEXT_PUT_MAX octets a formatted piece; len_max octets a buffer
 * Thread  one */
#ifndef TEXT_SINK_H
#define TEXT_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/heap.h"

#define TEXT_PUT_MAX 2047u

struct text_sink {
	bool (*put)(void *context, const char *octets, size_t len);
	void *context;
};

/* False: the sink did not take it, or a formatted piece is longer than TEXT_PUT_MAX. */
bool text_put(struct text_sink sink, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool text_put_octets(struct text_sink sink, const char *octets, size_t len);
bool text_put_text(struct text_sink sink, const char *text);

/* Small pieces gathered, put together when there are many; a plain value. */
#define TEXT_GATHER_OCTETS 32768u
struct text_gather {
	struct text_sink to;
	uint32_t len_octets;
	bool has_failed;
	char octets[TEXT_GATHER_OCTETS];
};

struct text_sink text_gather_init(struct text_gather *gather, struct text_sink to);

/* Puts what is gathered.  False: something was not taken, now or before. */
bool text_gather_end(struct text_gather *gather);

/* Text in memory, always closed by a NUL that is not counted. */
struct text_buffer {
	struct heap *heap;
	char *text; /* NULL until something is put */
	uint32_t len_octets;
	uint32_t len_max; /* 0 = as much as the heap gives */
	uint32_t room;
	bool is_cut; /* something did not fit; nothing more is taken */
};

void text_buffer_init(struct text_buffer *buffer, struct heap *heap, uint32_t len_max);
void text_buffer_fini(struct text_buffer *buffer); /* for CLEAN; twice is allowed */
void text_buffer_clear(struct text_buffer *buffer);
struct text_sink text_buffer_sink(struct text_buffer *buffer);
const char *text_buffer_of(const struct text_buffer *buffer); /* never NULL */

#endif
