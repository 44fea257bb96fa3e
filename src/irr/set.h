/* irr/set.h — what a member's as-set holds in the IRR: prefixes with windows of lengths, and the
 * numbers that may originate them.
 *
 * Gathered in a draft, then sealed into a set that never changes: sorted, each once, 20 octets a
 * window.  A search is at most one bisection for every length that any window's prefix has.
 * Shape   a window: the prefix, and the lengths of what in it is registered
 * Owns    a draft: irr_draft_init/_fini · a set: counted, irr_set_ref and irr_set_unref from any
 *         thread, the last one frees
 * Faults  LIMIT: memory, or IRR_WINDOWS_MAX or IRR_ORIGINS_MAX
 * Thread  a draft one; a set any
 * Source  RFC 2622 2 (range operators), RFC 7948 4.6 */
#ifndef IRR_SET_H
#define IRR_SET_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/fault.h"
#include "base/heap.h"
#include "net/prefix.h"

#define IRR_WINDOWS_MAX 2000000u /* a member */
#define IRR_ORIGINS_MAX 500000u

struct irr_window {
	struct prefix prefix;
	uint8_t len_bits_min; /* >= the prefix's own */
	uint8_t len_bits_max; /* >= the least */
};

struct irr_draft {
	struct heap *heap;
	struct irr_window *window;
	uint32_t window_count;
	uint32_t window_room;
	uint32_t *origin;
	uint32_t origin_count;
	uint32_t origin_room;
};

void irr_draft_init(struct irr_draft *draft, struct heap *heap);
void irr_draft_fini(struct irr_draft *draft); /* for CLEAN */

/* MALFORMED: lengths that cannot be. */
MUST_USE struct fault irr_draft_add(struct irr_draft *draft, const struct irr_window *window);
MUST_USE struct fault irr_draft_add_origin(struct irr_draft *draft, uint32_t asn);

/* What is no more than it was: equal items are one. */
struct irr_set {
	_Atomic uint32_t users;
	struct heap heap; /* its own */
	uint32_t window_count;
	struct irr_window *window;         /* IPv4 first, ascending */
	uint32_t first[FAMILY_COUNT];      /* index of the family's first window */
	uint32_t counts[FAMILY_COUNT];     /* windows of the family */
	uint64_t lengths[FAMILY_COUNT][3]; /* a bit for each length that a window's prefix has */
	uint32_t origin_count;
	uint32_t *origin; /* ascending */
};

/* With one user.  The draft is empty after. */
MUST_USE struct fault irr_draft_seal(struct irr_draft *draft, struct irr_set **out);
struct irr_set *irr_set_ref(struct irr_set *set);
void irr_set_unref(struct irr_set *set); /* NULL is allowed */

bool irr_set_has_origin(const struct irr_set *set, uint32_t asn);

/* How the set meets a prefix. */
enum irr_match {
	IRR_MATCH_NONE = 0, /* no window's prefix holds it */
	IRR_MATCH_LONGER,   /* one holds it, but none with its length */
	IRR_MATCH_YES,
};

/* The longest window whose prefix holds it, if any (`found` may be NULL). */
enum irr_match irr_set_match(const struct irr_set *set, const struct prefix *prefix,
			     struct irr_window *found);

bool irr_set_equal(const struct irr_set *a, const struct irr_set *b);

#endif
