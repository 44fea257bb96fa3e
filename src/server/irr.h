/* server/irr.h — the keeper of members' as-sets in a served exchange: asks when it is time, and
 * puts what is in force before the shards.
 *
 * A thread of its own.  Each member is asked every IRR_EVERY_S, sooner or later by up to a tenth so
 * that not all are asked at once; where there was no answer again after IRR_RETRY_S
 * (server/irr_schedule.h).  Files are looked at every IRR_LOOK_S.  A change re-judges the routes of
 * that member alone.
 * Owns    the thread: irr_keeper_new/irr_keeper_free
 * Faults  complaints say why it could not begin
 * Thread  irr_keeper_refresh and irr_keeper_reload from any, without the record */
#ifndef SERVER_IRR_H
#define SERVER_IRR_H

#include "server/irr_refresh.h"

#define IRR_LOOK_S 10

struct irr_keeper;
struct serving;

/* What the directory has is in force when this returns. */
bool irr_keeper_new(struct serving *serving, struct irr_keeper **out,
		    struct complaints *complaints);
void irr_keeper_free(struct irr_keeper *keeper); /* NULL is allowed */

/* One member now, and what came of it is in force. */
enum irr_outcome irr_keeper_refresh(struct irr_keeper *keeper, uint32_t asn, const char *as_macro,
				    char said[IRR_SAID_MAX]);

/* What the directory has of the member is in force. */
MUST_USE struct fault irr_keeper_reload(struct irr_keeper *keeper, uint32_t asn);

#endif
