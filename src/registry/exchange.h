/* registry/exchange.h — exchange.yaml: what this machine of the exchange is.
 * Shape   name, asn, router_id, listen (a list), lans (a list); if wanted blackhole_next_hop (a
 *         list of at most one address a family) and trial (yes or no)
 * Owns    nothing
 * Thread  any */
#ifndef REGISTRY_EXCHANGE_H
#define REGISTRY_EXCHANGE_H

#include "registry/registry.h"

#define EXCHANGE_TEXT_MAX 4096u

struct exchange_config {
	struct registry_exchange exchange;
};

bool exchange_read(const char *file, struct octets text, struct exchange_config *out,
		   struct complaints *complaints);

/* The same as a commented document that reads back as the same; false when it does not fit. */
bool exchange_print(const struct exchange_config *config, char out[EXCHANGE_TEXT_MAX]);

/* Single values, for the command line; false when the text is not one. */
bool exchange_take_name(struct exchange_config *config, const char *text);
bool exchange_take_asn(struct exchange_config *config, const char *text); /* with or without "AS" */
bool exchange_take_router_id(struct exchange_config *config, const char *text);
bool exchange_take_listen(struct exchange_config *config, const char *text);
bool exchange_take_lan(struct exchange_config *config, const char *text);
bool exchange_take_blackhole_next_hop(struct exchange_config *config, const char *text);
bool exchange_take_trial(struct exchange_config *config, const char *text); /* yes or no */
bool exchange_asn_parse(const char *text, uint32_t *out);

#endif
