/* web/published.h — what the exchange publishes of its numbers and their holders: an immutable
 * snapshot, which RDAP, WHOIS and the statistics are three views of.
 *
 * Made by published_new and filled, then closed by published_seal, which sorts it and finds what
 * lies in what and who holds what; never changed after.  Swapped as a whole, so a page is of one
 * moment and no reader waits for the database.  Nothing personal is in it: a contact is there only
 * if it is public.
 * Shape   networks by first address, the wider first; autnums by number; entities by handle
 * Owns    everything in it; counted: published_ref and published_unref from any thread
 * Faults  LIMIT when memory is out
 * Thread  any once sealed */
#ifndef WEB_PUBLISHED_H
#define WEB_PUBLISHED_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/fault.h"
#include "base/heap.h"
#include "base/instant.h"
#include "net/address.h"
#include "net/prefix.h"

#define PUBLISHED_HANDLE_MAX 64u
#define PUBLISHED_TEXT_MAX 256u
#define PUBLISHED_COUNTRY_MAX 3u
#define PUBLISHED_NONE UINT32_MAX /* in place of an index */

enum published_status {
	PUBLISHED_ALLOCATED = 0, /* a pool: what is given out comes from it */
	PUBLISHED_ASSIGNED,      /* in somebody's hand */
	PUBLISHED_AVAILABLE,
	PUBLISHED_RESERVED, /* in quarantine or held back */
};

/* An organisation, or a role in one. */
struct published_entity {
	char handle[PUBLISHED_HANDLE_MAX];
	char name[PUBLISHED_TEXT_MAX];
	char email[PUBLISHED_TEXT_MAX]; /* empty = none that is public, here and below */
	char phone[PUBLISHED_HANDLE_MAX];
	char url[PUBLISHED_TEXT_MAX];
	char country[PUBLISHED_COUNTRY_MAX]; /* ISO 3166-1 alpha-2 */
	char role[PUBLISHED_HANDLE_MAX];     /* RFC 9083 10.2.4: "registrant", "abuse", ... */
	bool is_organisation;
	struct wall registered_at; /* 0 = not recorded, here and below */
	struct wall changed_at;
	char organisation[PUBLISHED_HANDLE_MAX]; /* to which it belongs: a handle; or empty */
	uint32_t
		asn; /* where that is empty: it belongs to the holder of this number; 0 = to none */
	/* After sealing: the first in its hands, or NONE; the others follow by their next_held. */
	uint32_t network;
	uint32_t autnum;
	uint32_t contact;
	uint32_t next_held; /* the next contact of the same organisation; or NONE */
};

/* A range of addresses. */
struct published_network {
	struct address first;
	struct address last; /* included */
	char handle[PUBLISHED_HANDLE_MAX];
	char name[PUBLISHED_TEXT_MAX];
	enum published_status status;
	char holder_handle[PUBLISHED_HANDLE_MAX]; /* empty = the exchange */
	/* After sealing, indices, or NONE. */
	uint32_t holder;    /* an entity */
	uint32_t parent;    /* the network around it */
	uint32_t next_held; /* the holder's next network */
	struct wall registered_at;
	struct wall changed_at;
};

struct published_autnum {
	uint32_t asn;
	char name[PUBLISHED_TEXT_MAX];
	char as_macro[PUBLISHED_TEXT_MAX];
	char holder_handle[PUBLISHED_HANDLE_MAX];
	uint32_t holder;    /* after sealing: index of an entity; or NONE */
	uint32_t next_held; /* after sealing: the holder's next number; or NONE */
	struct wall registered_at;
	struct wall changed_at;
};

struct published {
	_Atomic uint32_t users;
	struct heap heap; /* its own: freed by whoever is last */
	char exchange[PUBLISHED_TEXT_MAX];
	char registry[PUBLISHED_HANDLE_MAX]; /* in lower case, for statistics and handles */
	char country[PUBLISHED_COUNTRY_MAX]; /* "ZZ" when not recorded */
	char base_url[PUBLISHED_TEXT_MAX]; /* without a closing slash; empty = links are relative */
	char whois[PUBLISHED_TEXT_MAX];    /* host of the WHOIS service; empty = none */
	uint32_t asn;
	struct wall changed_at; /* of the newest record: unchanged data, unchanged pages */
	struct published_network *network;
	uint32_t network_count;
	uint32_t network_room;
	struct published_autnum *autnum;
	uint32_t autnum_count;
	uint32_t autnum_room;
	struct published_entity *entity;
	uint32_t entity_count;
	uint32_t entity_room;
};

/* Empty, with one user.  NULL when memory is out. */
struct published *published_new(void);
struct published *published_ref(struct published *published);
void published_unref(struct published *published); /* NULL is allowed */

MUST_USE struct fault published_network_add(struct published *published,
					    const struct published_network *network);
MUST_USE struct fault published_autnum_add(struct published *published,
					   const struct published_autnum *autnum);
MUST_USE struct fault published_entity_add(struct published *published,
					   const struct published_entity *entity);
void published_seal(struct published *published);

/* The smallest network that holds all of first to last; NULL: none. */
const struct published_network *published_network_of(const struct published *published,
						     const struct address *first,
						     const struct address *last);
const struct published_autnum *published_autnum_of(const struct published *published, uint32_t asn);

/* Handles are compared without regard to case. */
const struct published_entity *published_entity_of(const struct published *published,
						   const char *handle);

/* The prefix that is exactly first to last; false: it takes several. */
bool published_prefix_of(const struct published_network *network, struct prefix *out);

#endif
