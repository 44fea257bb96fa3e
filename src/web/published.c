/* web/published.c — filling, sealing and asking the snapshot. */
#include "web/published.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"

struct published *published_new(void)
{
	struct heap heap = heap_libc();
	struct published *published = heap_zero(&heap, sizeof *published);

	if (published == NULL)
		return NULL;
	published->heap = heap;
	atomic_store(&published->users, 1);
	return published;
}

struct published *published_ref(struct published *published)
{
	atomic_fetch_add(&published->users, 1);
	return published;
}

void published_unref(struct published *published)
{
	if (published == NULL || atomic_fetch_sub(&published->users, 1) != 1)
		return;
	struct heap heap = published->heap;
	heap_free(&heap, published->network, published->network_room * sizeof *published->network);
	heap_free(&heap, published->autnum, published->autnum_room * sizeof *published->autnum);
	heap_free(&heap, published->entity, published->entity_room * sizeof *published->entity);
	heap_free(&heap, published, sizeof *published);
}

struct fault published_network_add(struct published *published,
				   const struct published_network *network)
{
	if (!heap_grow(&published->heap, (void **)&published->network, &published->network_room,
		       published->network_count + 1, sizeof *published->network))
		return fault_of(FAULT_LIMIT, 0);
	published->network[published->network_count++] = *network;
	return fault_none();
}

struct fault published_autnum_add(struct published *published,
				  const struct published_autnum *autnum)
{
	if (!heap_grow(&published->heap, (void **)&published->autnum, &published->autnum_room,
		       published->autnum_count + 1, sizeof *published->autnum))
		return fault_of(FAULT_LIMIT, 0);
	published->autnum[published->autnum_count++] = *autnum;
	return fault_none();
}

struct fault published_entity_add(struct published *published,
				  const struct published_entity *entity)
{
	if (!heap_grow(&published->heap, (void **)&published->entity, &published->entity_room,
		       published->entity_count + 1, sizeof *published->entity))
		return fault_of(FAULT_LIMIT, 0);
	published->entity[published->entity_count++] = *entity;
	return fault_none();
}

/* --- sealing ---------------------------------------------------------------------------------- */

static int by_range(const void *one, const void *other)
{
	const struct published_network *a = one;
	const struct published_network *b = other;
	int order = address_compare(&a->first, &b->first);

	if (order != 0)
		return order;
	order = address_compare(&b->last, &a->last);
	/* A pool of which all is in one hand holds that hand's network. */
	return order != 0 ? order : (int)a->status - (int)b->status;
}

static int by_asn(const void *one, const void *other)
{
	const struct published_autnum *a = one;
	const struct published_autnum *b = other;

	return a->asn < b->asn ? -1 : a->asn > b->asn;
}

static int by_handle(const void *one, const void *other)
{
	const struct published_entity *a = one;
	const struct published_entity *b = other;

	return strcasecmp(a->handle, b->handle);
}

static bool holds(const struct published_network *outer, const struct address *first,
		  const struct address *last)
{
	return outer->first.family == first->family && outer->last.family == last->family &&
	       address_compare(&outer->first, first) <= 0 &&
	       address_compare(last, &outer->last) <= 0;
}

static uint32_t entity_index(const struct published *published, const char *handle)
{
	const struct published_entity *entity = handle[0] != '\0' ?
							published_entity_of(published, handle) :
							NULL;

	return entity != NULL ? (uint32_t)(entity - published->entity) : PUBLISHED_NONE;
}

/* Of several with one handle the first counts. */
static void entities_once(struct published *published)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < published->entity_count; i++) {
		if (kept == 0 ||
		    by_handle(&published->entity[kept - 1], &published->entity[i]) != 0)
			published->entity[kept++] = published->entity[i];
	}
	published->entity_count = kept;
}

/* In order of addresses, what holds a network is the one before it, or lies around that. */
static void networks_nest(struct published *published)
{
	for (uint32_t i = 0; i < published->network_count; i++) {
		struct published_network *network = &published->network[i];
		uint32_t outer = i == 0 ? PUBLISHED_NONE : i - 1;
		while (outer != PUBLISHED_NONE &&
		       !holds(&published->network[outer], &network->first, &network->last))
			outer = published->network[outer].parent;
		network->parent = outer;
	}
}

static uint32_t organisation_of(const struct published *published,
				const struct published_entity *entity)
{
	const struct published_autnum *autnum = NULL;

	if (entity->organisation[0] != '\0')
		return entity_index(published, entity->organisation);
	if (entity->asn != 0)
		autnum = published_autnum_of(published, entity->asn);
	return autnum != NULL ? entity_index(published, autnum->holder_handle) : PUBLISHED_NONE;
}

/* Puts `index` in front of what is held so far; what is held by nobody follows nothing. */
static uint32_t held_push(uint32_t *first, uint32_t index)
{
	uint32_t next = PUBLISHED_NONE;

	if (first != NULL) {
		next = *first;
		*first = index;
	}
	return next;
}

/* From the last to the first, so that what one holds is in order. */
static void holders_link(struct published *published)
{
	struct published_entity *entity = published->entity;

	for (uint32_t i = 0; i < published->entity_count; i++)
		entity[i].network = entity[i].autnum = entity[i].contact = PUBLISHED_NONE;
	for (uint32_t i = published->entity_count; i-- > 0;) {
		uint32_t holder = organisation_of(published, &entity[i]);
		entity[i].next_held = held_push(
			holder != PUBLISHED_NONE ? &entity[holder].contact : NULL, i);
	}
	for (uint32_t i = published->autnum_count; i-- > 0;) {
		struct published_autnum *autnum = &published->autnum[i];
		autnum->holder = entity_index(published, autnum->holder_handle);
		autnum->next_held = held_push(
			autnum->holder != PUBLISHED_NONE ? &entity[autnum->holder].autnum : NULL,
			i);
	}
	for (uint32_t i = published->network_count; i-- > 0;) {
		struct published_network *network = &published->network[i];
		network->holder = entity_index(published, network->holder_handle);
		network->next_held = held_push(
			network->holder != PUBLISHED_NONE ? &entity[network->holder].network : NULL,
			i);
	}
}

void published_seal(struct published *published)
{
	if (published->network_count > 1)
		qsort(published->network, published->network_count, sizeof *published->network,
		      by_range);
	if (published->autnum_count > 1)
		qsort(published->autnum, published->autnum_count, sizeof *published->autnum,
		      by_asn);
	if (published->entity_count > 1)
		qsort(published->entity, published->entity_count, sizeof *published->entity,
		      by_handle);
	entities_once(published);
	networks_nest(published);
	holders_link(published);
}

/* --- asking ----------------------------------------------------------------------------------- */

const struct published_network *published_network_of(const struct published *published,
						     const struct address *first,
						     const struct address *last)
{
	uint32_t low = 0;
	uint32_t high = published->network_count;

	/* The last that begins not behind `first`; what holds it is that or lies around it. */
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		if (address_compare(&published->network[middle].first, first) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (uint32_t at = low == 0 ? PUBLISHED_NONE : low - 1; at != PUBLISHED_NONE;
	     at = published->network[at].parent) {
		if (holds(&published->network[at], first, last))
			return &published->network[at];
	}
	return NULL;
}

const struct published_autnum *published_autnum_of(const struct published *published, uint32_t asn)
{
	struct published_autnum key = { .asn = asn };

	return published->autnum_count == 0 ?
		       NULL :
		       bsearch(&key, published->autnum, published->autnum_count,
			       sizeof *published->autnum, by_asn);
}

const struct published_entity *published_entity_of(const struct published *published,
						   const char *handle)
{
	uint32_t low = 0;
	uint32_t high = published->entity_count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		int order = strcasecmp(published->entity[middle].handle, handle);
		if (order == 0)
			return &published->entity[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

/* --- ranges ----------------------------------------------------------------------------------- */

bool published_prefix_of(const struct published_network *network, struct prefix *out)
{
	*out = prefix_widest(&network->first, &network->last);
	struct address end = prefix_last(out);
	return address_compare(&end, &network->last) == 0;
}
