/* server/rpki.h — the keeper of what the RPKI says: RTR caches and a file, in order of preference,
 * and the snapshot in force.
 *
 * A thread of its own follows all caches at once and looks at the file now and then.  In force is
 * the first source that is current, else the first that has data not yet too old; one without any
 * VRP stands behind all others.  Caches come before the file.  Where no source has data, nothing is
 * checked.  An answer that is empty, or half of what there was, is taken as it was said, and told.
 * Owns    the sources, their snapshots, the thread: rpki_keeper_new/rpki_keeper_free
 * Bound   EXCHANGE_DOORS_MAX caches; RPKI_FILE_EXPIRE_S for a file nobody writes any more
 * Faults  complaints say why it could not begin
 * Thread  rpki_keeper_view from any */
#ifndef SERVER_RPKI_H
#define SERVER_RPKI_H

#include "registry/exchange.h"
#include "view/rpki.h"

#define RPKI_FILE_LOOK_S 2
#define RPKI_FILE_EXPIRE_S 172800 /* as long as RTR lets a cache be believed, RFC 8210 6 */

struct rpki_keeper;
struct serving;

/* The file is read before this returns, so that no route is let in for want of it.  *out is NULL
 * when the exchange names no source. */
bool rpki_keeper_new(struct serving *serving, struct rpki_keeper **out,
		     struct complaints *complaints);
void rpki_keeper_free(struct rpki_keeper *keeper); /* NULL is allowed */

/* Fills in the sources and what is in force. */
void rpki_keeper_view(struct rpki_keeper *keeper, struct view_rpki *out);

#endif
