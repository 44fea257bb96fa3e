/* server/control_request.c — the words stand in the body, each closed by its NUL. */
#include "server/control_request.h"

#include "base/rd.h"

struct fault control_request_read(struct octets body, const char *words[CONTROL_WORDS_MAX],
				  struct control_request *out)
{
	struct rd rd = rd_of_octets(body);

	if (rd_u8(&rd) != CONTROL_VERSION)
		return fault_of(FAULT_MALFORMED, 0);
	out->has_colour = (rd_u8(&rd) & CONTROL_FLAG_COLOUR) != 0;
	out->columns = rd_u16(&rd);
	out->word_count = rd_u16(&rd);
	uint32_t attached = rd_u32(&rd);
	if (!rd_ok(&rd) || out->word_count > CONTROL_WORDS_MAX)
		return fault_of(FAULT_MALFORMED, 0);
	for (uint32_t i = 0; i < out->word_count; i++) {
		struct octets word = rd_take(&rd, rd_u32(&rd));
		/* The NUL that closes the word is part of it. */
		if (!rd_ok(&rd) || word.len_octets == 0 ||
		    memchr(word.at, 0, word.len_octets) != word.at + word.len_octets - 1)
			return fault_of(FAULT_MALFORMED, 0);
		words[i] = (const char *)word.at;
	}
	out->words = words;
	out->attached = rd_take(&rd, attached);
	return rd_done(&rd) ? fault_none() : fault_of(FAULT_MALFORMED, 0);
}
