/* export/router_inside.h — what the vendors' files share.
 * Owns    nothing
 * Thread  any */
#ifndef EXPORT_ROUTER_INSIDE_H
#define EXPORT_ROUTER_INSIDE_H

#include "export/router.h"

#define ROUTER_WORDS_MAX 80u /* octets of a description or of a name in a comment, with the NUL */
#define ROUTER_KEY_MAX (PLAN_PASSWORD_MAX * 2u + 1u)
#define ROUTER_PORT 179u
#define ROUTER_PLACEHOLDER "SET-THE-MD5-PASSWORD"
#define ROUTER_LIST "rs%u_%s_v%u" /* server_asn, "own", 4 or 6 */

/* Letters, digits, blanks and ._,()+&- stay, everything else becomes one question mark; cut. */
const char *router_words_clean(const char *text, char out[ROUTER_WORDS_MAX]);

/* "Example-IX route server" in those letters. */
const char *router_describe(const struct router *router, char out[ROUTER_WORDS_MAX]);

/* Whether any session carries routes of the family; whether this one does. */
bool router_carries(const struct router *router, enum family family);
bool router_session_carries(const struct router *router, const struct router_session *session,
			    enum family family);

static inline uint32_t router_version(enum family family)
{
	return family == FAMILY_IPV4 ? 4 : 6;
}

/* The member's own prefixes of the family, or one for documentation in their place: the one at
 * *at, which moves.  False at the end. */
bool router_own_next(const struct router *router, enum family family, uint32_t *at,
		     struct router_own *out);
bool router_own_is_known(const struct router *router, enum family family);

/* "What you announce", and what to do about it when it is not known. */
const char *router_own_words(const struct router *router, enum family family);

/* A prefix with everything in it that must not come in: peering LANs, then the member's own. */
bool router_never_next(const struct router *router, enum family family, uint32_t *at,
		       struct prefix *out);

/* rules_bogon_next of one family; nothing when the exchange does not check. */
bool router_bogon_next(const struct router *router, enum family family, bool is_exception,
		       uint32_t *at, struct prefix *out);

/* How a vendor writes a password. */
enum router_key {
	ROUTER_KEY_NONE = 0, /* the session has none */
	ROUTER_KEY_HIDDEN,   /* the placeholder */
	ROUTER_KEY_UNFIT,    /* this vendor cannot be told it so: the placeholder and a comment */
	ROUTER_KEY_SHOWN,
};

/* The text to stand in the file; `escape`: octets that get a backslash before them; `unfit`: ones
 * that cannot stand there.  Controls and octets above 126 never fit. */
enum router_key router_key_of(const struct router *router, const struct router_session *session,
			      const char *escape, const char *unfit, char out[ROUTER_KEY_MAX]);

/* The comment line, begun by `mark`, that goes with it; nothing for SHOWN and NONE. */
void router_key_tell(enum router_key key, const char *mark, struct text_sink out);

/* Prefix lists and route maps in the words of FRR; has_mode: with IPv6 lists as EOS has them. */
void router_lists_print(const struct router *router, bool has_mode, struct text_sink out);

void router_bird_print(const struct router *router, struct text_sink out);
void router_frr_print(const struct router *router, struct text_sink out);
void router_openbgpd_print(const struct router *router, struct text_sink out);
void router_junos_print(const struct router *router, struct text_sink out);
void router_xr_print(const struct router *router, struct text_sink out);
void router_eos_print(const struct router *router, struct text_sink out);
void router_routeros_print(const struct router *router, struct text_sink out);

#endif
