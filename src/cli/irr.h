/* cli/irr.h — members whose as-sets are shown or asked for.
 * Owns    a list its items: irr_list_fini
 * Thread  one a call */
#ifndef CLI_IRR_H
#define CLI_IRR_H

#include "cli/command.h"

struct irr_item {
	uint32_t asn;
	char name[REGISTRY_TEXT_MAX];
	char as_macro[REGISTRY_TEXT_MAX];
};

struct irr_list {
	struct heap heap;
	uint32_t only; /* 0 = all */
	uint32_t count;
	uint32_t room;
	struct irr_item *item;
};

/* Of the AS of the call's first word, or of all.  False with complaints. */
bool irr_list_read(struct desk *desk, const struct arguments *arguments, struct irr_list *list);
void irr_list_fini(struct irr_list *list); /* for CLEAN */

#endif
