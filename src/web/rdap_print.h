/* web/rdap_print.h — the objects of RDAP written out, for rdap.c.
 * Owns    nothing
 * Thread  any
 * Source  RFC 9083 4 and 5, RFC 7095 (jCard) */
#ifndef WEB_RDAP_PRINT_H
#define WEB_RDAP_PRINT_H

#include "web/rdap.h"

void rdap_network(const struct published *published, const struct published_network *network,
		  struct web_answer *out);
void rdap_autnum(const struct published *published, const struct published_autnum *autnum,
		 struct web_answer *out);
void rdap_entity(const struct published *published, const struct published_entity *entity,
		 struct web_answer *out);

/* The reverse zone `name` of a network. */
void rdap_domain(const struct published *published, const char *name,
		 const struct published_network *network, struct web_answer *out);
void rdap_help(const struct published *published, struct web_answer *out);

/* RFC 9083 6 */
void rdap_error(const struct published *published, enum web_status status, const char *why,
		struct web_answer *out);

#endif
