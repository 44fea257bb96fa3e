/* server/irr_helper.h — questions to an IRR, asked through bgpq4 by a process with nothing else.
 *
 * plenum serve has many threads, and a database: neither belongs into a program that talks to
 * strangers.  The helper is forked before there are threads, has no descriptor but its end of a
 * socket, no right of root, and can run bgpq4 and nothing else, one question at a time.
 * Owns    the process and the socket: irr_helper_begin/irr_helper_end
 * Faults  those of sys/child.h, with what was wrong in `out->why`
 * Bound   IRR_ASK_MS, IRR_ASK_OCTETS and IRR_ASK_MEMORY a question
 * Thread  one at a time */
#ifndef SERVER_IRR_HELPER_H
#define SERVER_IRR_HELPER_H

#include "irr/read.h"
#include "registry/exchange.h"
#include "sys/child.h"
#include "sys/helper.h"

#define IRR_ASK_MS 60000u
#define IRR_ASK_OCTETS (64u * 1024u * 1024u)
#define IRR_ASK_MEMORY (1024u * 1024u * 1024u)
#define IRR_NAMES_MAX 16u /* as-sets of one member */

enum irr_wanted {
	IRR_WANTED_IPV4 = 0,
	IRR_WANTED_IPV6,
	IRR_WANTED_ORIGINS,
	IRR_WANTED_COUNT,
};

struct irr_question {
	char server[EXCHANGE_IRR_TEXT_MAX];
	char sources[EXCHANGE_IRR_TEXT_MAX]; /* empty = all */
	char names[REGISTRY_TEXT_MAX];       /* blanks between */
	uint8_t wanted;                      /* enum irr_wanted */
};

/* Whom to ask. */
struct irr_asker {
	struct fault (*ask)(void *context, const struct irr_question *question, struct heap *heap,
			    struct child_said *out);
	void *context;
};

/* In a process without other threads: here. */
struct irr_asker irr_asker_here(void);

struct irr_helper {
	struct helper helper;
};

/* Before any thread is begun. */
MUST_USE struct fault irr_helper_begin(struct irr_helper *helper);

/* From another thread: the question under way ends, and every later one, without an answer. */
void irr_helper_break(struct irr_helper *helper);
void irr_helper_end(struct irr_helper *helper); /* not begun is allowed */
struct irr_asker irr_asker_of(struct irr_helper *helper);

#endif
