/* server/irr_kept.h — members' as-sets as they were last heard, in files of the exchange's
 * directory: what is in force, and what is held back until somebody accepts it.
 *
 * Shape   DIR/irr/AS64500: comment lines that say what was asked, whom, when, and the digest of
 *         what follows; then the items as in a plain file (irr/read.h).  AS64500.held likewise.
 *         AS64500.failed: one line, why the last question had no answer
 * Owns    sets are counted
 * Faults  ABSENT: there is none · MALFORMED: it is not as it was written
 * Thread  one at a time */
#ifndef SERVER_IRR_KEPT_H
#define SERVER_IRR_KEPT_H

#include "base/instant.h"
#include "irr/read.h"
#include "registry/registry.h"

#define IRR_WHENCE_MAX 256u
#define IRR_WHY_MAX 256u
#define IRR_DIGEST_MAX 65u /* SHA-256 in hexadecimal */

enum irr_file {
	IRR_FILE_IN_FORCE = 0,
	IRR_FILE_HELD,
};

struct irr_kept {
	char names[REGISTRY_TEXT_MAX]; /* what was asked for */
	char whence[IRR_WHENCE_MAX];
	char why[IRR_WHY_MAX]; /* it is held */
	char digest[IRR_DIGEST_MAX];
	struct wall at;
	struct irr_set *set; /* the caller's */
};

void irr_kept_fini(struct irr_kept *kept); /* for CLEAN */
MUST_USE struct fault irr_kept_read(const char *directory, uint32_t asn, enum irr_file which,
				    struct irr_kept *out);

/* Fills in the digest. */
MUST_USE struct fault irr_kept_write(const char *directory, uint32_t asn, enum irr_file which,
				     struct irr_kept *kept);
MUST_USE struct fault irr_kept_remove(const char *directory, uint32_t asn, enum irr_file which);

/* What is held is in force from now on. */
MUST_USE struct fault irr_kept_accept(const char *directory, uint32_t asn);

/* Why the last question had no answer, and when; "" clears it.  False: it had one. */
void irr_failure_note(const char *directory, uint32_t asn, const char *why);
bool irr_failure_of(const char *directory, uint32_t asn, char why[IRR_WHY_MAX], struct wall *at);

#endif
