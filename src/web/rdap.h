/* web/rdap.h — the registration data as RDAP: ip, autnum, entity, domain, help.
 * Shape   RFC 9083 objects; rdap_level_0, cidr0 and nro_rdap_profile_0 are announced
 * Owns    nothing
 * Thread  any
 * Source  RFC 7480, RFC 9082, RFC 9083; NRO RDAP profile; cidr0 extension */
#ifndef WEB_RDAP_H
#define WEB_RDAP_H

#include "web/answer.h"

#define RDAP_CONTENT_TYPE "application/rdap+json"

/* `path` is what follows "/rdap/". */
void rdap_answer(const struct published *published, const char *path, struct web_answer *out);

#endif
