/* net/sessions.h — a set of sessions: a bitmap of SESSIONS_MAX bits.
 * Owns    nothing: a plain value
 * Thread  any */
#ifndef NET_SESSIONS_H
#define NET_SESSIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "net/identifier.h"

#define SESSION_SET_WORDS (SESSIONS_MAX / 64u)

struct session_set {
	uint64_t word[SESSION_SET_WORDS];
};

static inline void session_set_add(struct session_set *set, struct session_id session)
{
	set->word[session.index / 64] |= UINT64_C(1) << (session.index % 64);
}

static inline void session_set_remove(struct session_set *set, struct session_id session)
{
	set->word[session.index / 64] &= ~(UINT64_C(1) << (session.index % 64));
}

static inline bool session_set_has(const struct session_set *set, struct session_id session)
{
	return (set->word[session.index / 64] >> (session.index % 64) & 1) != 0;
}

void session_set_clear(struct session_set *set);
void session_set_or(struct session_set *set, const struct session_set *other);
void session_set_and(struct session_set *set, const struct session_set *other);
void session_set_and_not(struct session_set *set, const struct session_set *other);
bool session_set_is_empty(const struct session_set *set);
bool session_set_equal(const struct session_set *a, const struct session_set *b);
bool session_set_meets(const struct session_set *a, const struct session_set *b);
uint32_t session_set_count(const struct session_set *set);

/* The first session at or after `from`; false when there is none. */
bool session_set_next(const struct session_set *set, uint32_t from, struct session_id *out);

#endif
