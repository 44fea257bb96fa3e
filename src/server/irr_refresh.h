/* server/irr_refresh.h — one member's as-set asked anew: taken, or held back until somebody accepts
 * it, or not had at all.  What is in force stays until something better is.
 * Owns    nothing
 * Bound   an answer without prefixes or networks is held back, and one with less than
 *         IRR_SHRINK_PERCENT of the prefixes in force, where those are IRR_SHRINK_FROM or more and
 *         the as-set's name is the same
 * Thread  one at a time */
#ifndef SERVER_IRR_REFRESH_H
#define SERVER_IRR_REFRESH_H

#include "server/irr_helper.h"
#include "server/irr_kept.h"

#define IRR_SHRINK_PERCENT 50u
#define IRR_SHRINK_FROM 10u
#define IRR_SAID_MAX 1024u

enum irr_outcome {
	IRR_OUTCOME_NOTHING = 0, /* no file and no server for it */
	IRR_OUTCOME_SAME,        /* as it was, heard again */
	IRR_OUTCOME_CHANGED,     /* another is in force */
	IRR_OUTCOME_HELD,
	IRR_OUTCOME_FAILED,
};

struct irr_errand {
	const char *directory;
	const struct exchange_config *config;
	struct irr_asker asker;
	struct wall now;
	uint32_t asn;
	const char *as_macro; /* empty: the member's own number is asked for */
};

/* `said`: one sentence that begins with the member, for the log and the person. */
enum irr_outcome irr_refresh(const struct irr_errand *errand, char said[IRR_SAID_MAX]);

/* The same for a file alone, which costs nothing to look at; NOTHING where there is none. */
enum irr_outcome irr_refresh_file(const struct irr_errand *errand, char said[IRR_SAID_MAX]);

/* What is asked for: the as-set, or "AS64500". */
void irr_names_of(uint32_t asn, const char *as_macro, char out[REGISTRY_TEXT_MAX]);

#endif
