/* net/sessions.c — bitmap arithmetic on sets of sessions. */
#include "net/sessions.h"

void session_set_clear(struct session_set *set)
{
	for (uint32_t i = 0; i < SESSION_SET_WORDS; i++)
		set->word[i] = 0;
}

void session_set_or(struct session_set *set, const struct session_set *other)
{
	for (uint32_t i = 0; i < SESSION_SET_WORDS; i++)
		set->word[i] |= other->word[i];
}

void session_set_and(struct session_set *set, const struct session_set *other)
{
	for (uint32_t i = 0; i < SESSION_SET_WORDS; i++)
		set->word[i] &= other->word[i];
}

void session_set_and_not(struct session_set *set, const struct session_set *other)
{
	for (uint32_t i = 0; i < SESSION_SET_WORDS; i++)
		set->word[i] &= ~other->word[i];
}

bool session_set_is_empty(const struct session_set *set)
{
	uint64_t any = 0;

	for (uint32_t i = 0; i < SESSION_SET_WORDS; i++)
		any |= set->word[i];
	return any == 0;
}

bool session_set_equal(const struct session_set *a, const struct session_set *b)
{
	uint64_t differ = 0;

	for (uint32_t i = 0; i < SESSION_SET_WORDS; i++)
		differ |= a->word[i] ^ b->word[i];
	return differ == 0;
}

bool session_set_meets(const struct session_set *a, const struct session_set *b)
{
	uint64_t both = 0;

	for (uint32_t i = 0; i < SESSION_SET_WORDS; i++)
		both |= a->word[i] & b->word[i];
	return both != 0;
}

uint32_t session_set_count(const struct session_set *set)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < SESSION_SET_WORDS; i++)
		count += (uint32_t)__builtin_popcountll(set->word[i]);
	return count;
}

bool session_set_next(const struct session_set *set, uint32_t from, struct session_id *out)
{
	for (uint32_t i = from / 64; i < SESSION_SET_WORDS; i++) {
		uint64_t bits = set->word[i];
		if (i == from / 64)
			bits &= ~UINT64_C(0) << (from % 64);
		if (bits == 0)
			continue;
		out->index = (uint16_t)(i * 64 + (uint32_t)__builtin_ctzll(bits));
		return true;
	}
	return false;
}
