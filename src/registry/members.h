/* registry/members.h — a list of members from whatever text has one: an IX-F member export, what
 * BIRD prints for `show protocols all`, ARouteServer's clients.yml, or CSV with a header.
 * Owns    nothing: fills the caller's list
 * Faults  MALFORMED with a complaint for each place that cannot be read
 * Bound   IXF_OCTETS_MAX octets of input
 * Thread  any, after the first call */
#ifndef REGISTRY_MEMBERS_H
#define REGISTRY_MEMBERS_H

#include "registry/ixf.h"

/* The kind is recognised from the text, not the name. */
MUST_USE struct fault members_read(const char *file, struct octets text, struct ixf_list *out,
				   struct complaints *complaints);

#endif
