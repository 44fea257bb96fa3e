/* text/screen.c — stretches that are good put whole, what is not replaced. */
#include "text/screen.h"

#include <string.h>

#include "base/octets.h"
#include "text/columns.h"
#include "text/utf8.h"

#define INSTEAD "?"

/* The octets of one of our own colours at the beginning; 0: none is there. */
static uint32_t colour_octets(struct octets text)
{
	for (uint32_t i = COLOUR_NONE; i < COLOUR_COUNT; i++) {
		const char *sequence = i == COLOUR_NONE ? colour_off(true) :
							  colour_on((enum colour)i, true);
		uint32_t len = (uint32_t)strlen(sequence);
		if (text.len_octets >= len && memcmp(text.at, sequence, len) == 0)
			return len;
	}
	return 0;
}

/* How many octets at the beginning belong together; *passes: they may go on. */
static uint32_t piece_octets(struct octets text, bool *passes)
{
	uint32_t len = 0;
	bool good = true;

	*passes = text.at[0] == '\n' || text.at[0] == '\t';
	if (*passes)
		return 1;
	len = colour_octets(text);
	*passes = len != 0;
	if (*passes)
		return len;
	(void)utf8_take(text, &len, &good);
	*passes = good && utf8_is_plain(octets_of(text.at, len));
	return len;
}

static bool is_usual(uint8_t octet)
{
	return octet >= 0x20 && octet < 0x7f;
}

static bool screen_put(void *context, const char *text, size_t len)
{
	const struct text_screen *screen = context;
	struct octets octets = octets_of((const uint8_t *)text, (uint32_t)len);
	uint32_t from = 0;
	uint32_t at = 0;

	while (at < octets.len_octets) {
		bool passes = is_usual(octets.at[at]);
		uint32_t piece = 1;
		if (!passes)
			piece = piece_octets(octets_of(octets.at + at, octets.len_octets - at),
					     &passes);
		at += piece;
		if (passes)
			continue;
		if (!text_put_octets(screen->to, text + from, at - piece - from) ||
		    !text_put_text(screen->to, INSTEAD))
			return false;
		from = at;
	}
	return text_put_octets(screen->to, text + from, at - from);
}

struct text_sink text_screen_init(struct text_screen *screen, struct text_sink to)
{
	screen->to = to;
	return (struct text_sink){ screen_put, screen };
}
