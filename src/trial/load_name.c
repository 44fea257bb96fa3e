/* trial/load_name.c — loads by name. */
#include "trial/load.h"

/* A number without a sign or leading zeros, at most `most`; *text moves behind it. */
static bool number_read(const char **text, uint32_t most, uint32_t *out)
{
	uint64_t value = 0;

	if (**text < '1' || **text > '9')
		return false;
	for (; **text >= '0' && **text <= '9'; (*text)++) {
		value = value * 10 + (uint64_t)(**text - '0');
		if (value > most)
			return false;
	}
	*out = (uint32_t)value;
	return true;
}

static bool letter_read(const char **text, char letter)
{
	if (**text != letter)
		return false;
	(*text)++;
	return true;
}

/* Behind the name: the end, or what makes a variant of the load. */
static bool variant_read(const char *text, struct load_config *out)
{
	bool is_steered = letter_read(&text, '.');

	if (is_steered &&
	    (!letter_read(&text, 'x') || !letter_read(&text, '1') || !letter_read(&text, '0')))
		return false;
	if (is_steered)
		out->steered_percent = LOAD_STEERED_PERCENT;
	return *text == '\0';
}

bool load_named(const char *name, struct load_config *out)
{
	uint32_t prefixes = 0;
	uint32_t overlap = 1;
	bool is_overlapping = letter_read(&name, 'o');

	if (!is_overlapping && !letter_read(&name, 'u'))
		return false;
	if (!number_read(&name, LOAD_MEMBERS_MAX, &out->members) || out->members < 2 ||
	    !letter_read(&name, 'x') || !number_read(&name, LOAD_PREFIXES_MAX, &prefixes))
		return false;
	if (is_overlapping &&
	    (!letter_read(&name, 'k') || !number_read(&name, LOAD_OVERLAP_MAX, &overlap)))
		return false;
	out->overlap = overlap;
	out->routes = is_overlapping ? prefixes / out->members * overlap : prefixes;
	return out->overlap <= out->members && (!is_overlapping || prefixes % out->members == 0) &&
	       (uint64_t)out->members * (out->routes / overlap) <= LOAD_PREFIXES_MAX &&
	       out->routes != 0 && variant_read(name, out);
}
