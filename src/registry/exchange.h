/* registry/exchange.h — exchange.yaml: what this machine of the exchange is.
 * Shape   a name and a value, or a list of them: exchange_keys_print says which there are.  What
 *         the machine is, and what the exchange sets of the built-in rule book
 * Owns    nothing
 * Thread  any */
#ifndef REGISTRY_EXCHANGE_H
#define REGISTRY_EXCHANGE_H

#include "registry/registry.h"
#include "text/sink.h"

#define EXCHANGE_TEXT_MAX 16384u
#define EXCHANGE_RETRY_S_MAX 86400u

#define EXCHANGE_DOORS_MAX 8u
#define EXCHANGE_URL_MAX 200u
#define EXCHANGE_IRR_TEXT_MAX 256u
#define EXCHANGE_DATABASE_MAX 512u
#define EXCHANGE_PATH_MAX 240u
#define EXCHANGE_RTR_PORT 323u
#define EXCHANGE_USER_MAX 33u /* as useradd has it */

/* Where the public may call. */
struct exchange_door {
	uint32_t count;
	struct port_endpoint at[EXCHANGE_DOORS_MAX];
};

struct exchange_config {
	struct registry_exchange exchange;
	struct exchange_door web;       /* HTTP */
	struct exchange_door whois;     /* RFC 3912 */
	char web_url[EXCHANGE_URL_MAX]; /* what stands before paths in links; empty = nothing */
	struct exchange_door rtr_cache; /* in order of preference */
	char irr_server[EXCHANGE_IRR_TEXT_MAX];  /* host or host:port; empty = nobody is asked */
	char irr_sources[EXCHANGE_IRR_TEXT_MAX]; /* of it: RIPE,RADB; empty = all */
	char irr_files[EXCHANGE_IRR_TEXT_MAX];   /* a folder with as-sets in files; empty = none */
	char rpki_file[EXCHANGE_PATH_MAX];       /* the JSON of a validator; empty = none */
	char database[EXCHANGE_DATABASE_MAX];    /* of PostgreSQL; empty = exchange.db beside it */
	char user[EXCHANGE_USER_MAX]; /* as which it serves; empty = whom the folder belongs to */
};

bool exchange_read(const char *file, struct octets text, struct exchange_config *out,
		   struct complaints *complaints);

/* The same as a commented document that reads back as the same; false when it does not fit. */
bool exchange_print(const struct exchange_config *config, char out[EXCHANGE_TEXT_MAX]);

/* Every name with what it is for and its default, a line each. */
void exchange_keys_print(struct text_sink out);

/* Single values, for the command line; false when the text is not one. */
bool exchange_take_name(struct exchange_config *config, const char *text);
bool exchange_take_asn(struct exchange_config *config, const char *text); /* with or without "AS" */
bool exchange_take_router_id(struct exchange_config *config, const char *text);
bool exchange_take_listen(struct exchange_config *config, const char *text);
bool exchange_take_lan(struct exchange_config *config, const char *text);
bool exchange_take_blackhole_next_hop(struct exchange_config *config, const char *text);
bool exchange_take_database(struct exchange_config *config, const char *url);
bool exchange_take_trial(struct exchange_config *config, const char *text); /* yes or no */

#endif
