/* cli/explaining.h — the explanation of a prefix: what was asked, and its parts in words and JSON.
 * Owns    nothing: borrows the view
 * Faults  false: not written, or memory is out
 * Thread  any */
#ifndef CLI_EXPLAINING_H
#define CLI_EXPLAINING_H

#include "cli/command.h"

struct explaining {
	struct desk *desk;
	const struct view_explain *explain;
	uint32_t from_asn; /* 0 = all */
	uint32_t to_asn;   /* 0 = all */
	bool wants_all;    /* every route in full, everybody by name */
};

bool explain_wants_candidate(const struct explaining *explaining,
			     const struct view_candidate *candidate);
bool explain_any_candidate(const struct explaining *explaining);
bool explain_wants_receiver(const struct explaining *explaining,
			    const struct view_receiver *receiver);

/* What keeps a candidate out, though no check of the list failed; NULL when there is nothing. */
const char *explain_other_reason(const struct view_candidate *candidate);

/* Why a receiver has not the best: with the community that keeps it away, where there is one. */
#define EXPLAIN_WHY_MAX 192u
void explain_why_print(const struct view_receiver *receiver, char out[EXPLAIN_WHY_MAX]);

/* --- explain_receivers.c --- */
MUST_USE bool explain_receivers_print(const struct explaining *explaining);

/* --- explain_story.c --- */

/* One member's sessions, the whole story in sentences. */
void explain_story_print(const struct explaining *explaining);

/* --- explain_json.c --- */
MUST_USE bool explain_json(const struct explaining *explaining);

#endif
