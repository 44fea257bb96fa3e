/* numbers/book.c — the fold.
 *
 * Invariants, after every event:
 *  1  delegations that have not ended do not overlap, and lie in their pool;
 *  2  pools that are open do not overlap, unless the smaller is a block of a reserve;
 *  3  a request leads to at most one grant; what is REFUSED, LAPSED or GRANTED does not change. */
#include "numbers/book.h"

#include <assert.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"

void numbers_book_init(struct numbers_book *book, struct heap *heap)
{
	*book = (struct numbers_book){
		.heap = heap, .next_pool_id = 1, .next_request_id = 1, .next_delegation_id = 1
	};
}

void numbers_book_fini(struct numbers_book *book)
{
	heap_free(book->heap, book->pool, book->pool_room * sizeof *book->pool);
	heap_free(book->heap, book->request, book->request_room * sizeof *book->request);
	heap_free(book->heap, book->delegation, book->delegation_room * sizeof *book->delegation);
	numbers_book_init(book, book->heap);
}

/* --- looking up ------------------------------------------------------------------------------- */

struct numbers_pool *numbers_pool_of(const struct numbers_book *book, int64_t id)
{
	for (uint32_t i = 0; i < book->pool_count; i++) {
		if (book->pool[i].id == id)
			return &book->pool[i];
	}
	return NULL;
}

struct numbers_pool *numbers_pool_named(const struct numbers_book *book, const char *name)
{
	for (uint32_t i = 0; i < book->pool_count; i++) {
		if (!book->pool[i].is_closed && strcmp(book->pool[i].name, name) == 0)
			return &book->pool[i];
	}
	return NULL;
}

/* Rows begin with their id, and are in order of it. */
static int by_id(const void *key, const void *row)
{
	int64_t id = *(const int64_t *)key;
	int64_t other = *(const int64_t *)row;

	return (id > other) - (id < other);
}

struct numbers_request *numbers_request_of(const struct numbers_book *book, int64_t id)
{
	static_assert(offsetof(struct numbers_request, id) == 0, "by_id");

	return book->request_count == 0 ? NULL :
					  bsearch(&id, book->request, book->request_count,
						  sizeof *book->request, by_id);
}

struct numbers_delegation *numbers_delegation_of(const struct numbers_book *book, int64_t id)
{
	static_assert(offsetof(struct numbers_delegation, id) == 0, "by_id");

	return book->delegation_count == 0 ? NULL :
					     bsearch(&id, book->delegation, book->delegation_count,
						     sizeof *book->delegation, by_id);
}

struct numbers_delegation *numbers_holding(const struct numbers_book *book,
					   const struct prefix *prefix)
{
	struct numbers_delegation *found = NULL;

	/* A block of a reserve may be a pool: the narrowest is meant. */
	for (uint32_t i = 0; i < book->delegation_count; i++) {
		struct numbers_delegation *at = &book->delegation[i];
		if (at->state != DELEGATION_ENDED && prefix_contains(&at->prefix, prefix) &&
		    (found == NULL || at->prefix.len_bits > found->prefix.len_bits))
			found = at;
	}
	return found;
}

struct fault numbers_space(const struct numbers_book *book, int64_t pool_id, bool keeps,
			   struct space *out)
{
	const struct numbers_pool *pool = numbers_pool_of(book, pool_id);

	CHECK(pool != NULL);
	space_init(out, book->heap, space_bits_of(&pool->prefix));
	for (uint32_t i = 0; i < book->delegation_count; i++) {
		const struct numbers_delegation *at = &book->delegation[i];
		struct space_block block;
		if (at->pool_id != pool_id || at->state == DELEGATION_ENDED)
			continue;
		struct prefix prefix = at->prefix;
		/* Who gives it back needs no room to grow. */
		if (keeps && at->state == DELEGATION_GRANTED && at->kept_len_bits != 0) {
			prefix.len_bits = at->kept_len_bits;
			prefix_mask(&prefix);
		}
		CHECK(space_block_of(&pool->prefix, &prefix, &block));
		TRY(space_take(out, block));
	}
	return fault_none();
}

struct prefix numbers_rest_of(const struct prefix *from, const struct prefix *kept, uint32_t index)
{
	struct prefix rest = *kept;
	uint32_t bit = from->len_bits + index;

	CHECK(bit < kept->len_bits);
	rest.len_bits = (uint8_t)(bit + 1);
	prefix_mask(&rest);
	rest.octet[bit / 8] ^= (uint8_t)(0x80u >> bit % 8);
	return rest;
}

/* --- events ----------------------------------------------------------------------------------- */

static struct fault wrong(struct numbers_book *book, const char *why)
{
	book->wrong = why;
	return fault_of(FAULT_CONFLICT, 0);
}

static void text_copy(char *to, size_t room, const char *from)
{
	(void)snprintf(to, room, "%s", from);
}

static bool overlap(const struct prefix *a, const struct prefix *b)
{
	return prefix_contains(a, b) || prefix_contains(b, a);
}

/* All of it is given out by the reserve, as one block or several. */
static bool is_of_reserve(const struct numbers_book *book, const struct prefix *prefix,
			  int64_t reserve_id)
{
	space_wide given = 0;

	for (uint32_t i = 0; i < book->delegation_count; i++) {
		const struct numbers_delegation *at = &book->delegation[i];
		if (at->pool_id != reserve_id || at->state != DELEGATION_GRANTED)
			continue;
		if (prefix_contains(&at->prefix, prefix))
			return true;
		if (prefix_contains(prefix, &at->prefix))
			given += space_size(space_bits_of(&at->prefix));
	}
	return given == space_size(space_bits_of(prefix));
}

/* Invariant 2, for a pool that is to have this prefix; a pool that grows may hold its own block of
 * a reserve and the half beside it. */
static bool pool_overlaps(const struct numbers_book *book, int64_t id, const struct prefix *prefix)
{
	for (uint32_t i = 0; i < book->pool_count; i++) {
		const struct numbers_pool *pool = &book->pool[i];
		if (pool->is_closed || pool->id == id || !overlap(&pool->prefix, prefix))
			continue;
		if (pool->type != POOL_RESERVE)
			return true;
		struct prefix part = prefix->len_bits > pool->prefix.len_bits ? *prefix :
										pool->prefix;
		if (!is_of_reserve(book, &part, pool->id))
			return true;
	}
	return false;
}

static bool delegation_overlaps(const struct numbers_book *book, int64_t pool_id, int64_t but,
				const struct prefix *prefix)
{
	for (uint32_t i = 0; i < book->delegation_count; i++) {
		const struct numbers_delegation *at = &book->delegation[i];
		if (at->pool_id == pool_id && at->id != but && at->state != DELEGATION_ENDED &&
		    overlap(&at->prefix, prefix))
			return true;
	}
	return false;
}

struct fault numbers_pool_put(struct numbers_book *book, const struct numbers_pool *pool)
{
	if (!heap_grow(book->heap, (void **)&book->pool, &book->pool_room, book->pool_count + 1,
		       sizeof *book->pool))
		return fault_of(FAULT_LIMIT, 0);
	book->pool[book->pool_count++] = *pool;
	if (book->next_pool_id <= pool->id)
		book->next_pool_id = pool->id + 1;
	return fault_none();
}

struct fault numbers_request_put(struct numbers_book *book, const struct numbers_request *request)
{
	if (!numbers_id_fits(request->id) ||
	    !heap_grow(book->heap, (void **)&book->request, &book->request_room,
		       book->request_count + 1, sizeof *book->request))
		return fault_of(FAULT_LIMIT, 0);
	CHECK(book->request_count == 0 || book->request[book->request_count - 1].id < request->id);
	book->request[book->request_count++] = *request;
	if (book->next_request_id <= request->id)
		book->next_request_id = request->id + 1;
	return fault_none();
}

struct fault numbers_delegation_put(struct numbers_book *book,
				    const struct numbers_delegation *delegation)
{
	if (!numbers_id_fits(delegation->id) ||
	    !heap_grow(book->heap, (void **)&book->delegation, &book->delegation_room,
		       book->delegation_count + 1, sizeof *book->delegation))
		return fault_of(FAULT_LIMIT, 0);
	CHECK(book->delegation_count == 0 ||
	      book->delegation[book->delegation_count - 1].id < delegation->id);
	book->delegation[book->delegation_count++] = *delegation;
	if (book->next_delegation_id <= delegation->id)
		book->next_delegation_id = delegation->id + 1;
	return fault_none();
}

static struct fault pool_open(struct numbers_book *book, const struct numbers_event *event)
{
	struct numbers_pool pool = { .id = event->pool_id,
				     .type = event->type,
				     .prefix = event->prefix,
				     .opened_at_s = event->at_s };

	if (event->pool_id < book->next_pool_id || !numbers_id_fits(event->pool_id))
		return wrong(book, "the pool's number was given already");
	if (event->type >= POOL_TYPES ||
	    !pool_type_fits(event->type, (enum family)event->prefix.family))
		return wrong(book, "the pool's type is of another family");
	if (space_bits_of(&event->prefix) > SPACE_BITS_MAX)
		return wrong(book, "the pool is too large");
	if (event->name[0] == '\0' || numbers_pool_named(book, event->name) != NULL)
		return wrong(book, "a pool has this name");
	if (pool_overlaps(book, event->pool_id, &event->prefix))
		return wrong(book, "another pool has these addresses");
	text_copy(pool.name, sizeof pool.name, event->name);
	return numbers_pool_put(book, &pool);
}

static struct fault pool_change(struct numbers_book *book, const struct numbers_event *event)
{
	struct numbers_pool *pool = numbers_pool_of(book, event->pool_id);

	if (pool == NULL || pool->is_closed)
		return wrong(book, "there is no such pool");
	if (event->kind == EVENT_POOL_CLOSED) {
		for (uint32_t i = 0; i < book->delegation_count; i++) {
			if (book->delegation[i].pool_id == pool->id &&
			    book->delegation[i].state != DELEGATION_ENDED)
				return wrong(book, "something of the pool is not free");
		}
		pool->is_closed = true;
		return fault_none();
	}
	if (!prefix_contains(&event->prefix, &pool->prefix))
		return wrong(book, "the pool would not hold what it has");
	if (pool_overlaps(book, pool->id, &event->prefix))
		return wrong(book, "another pool has these addresses");
	pool->prefix = event->prefix;
	return fault_none();
}

static struct fault request_open(struct numbers_book *book, const struct numbers_event *event)
{
	struct numbers_request request = { .id = event->request_id,
					   .pool_id = event->pool_id,
					   .len_bits = event->len_bits,
					   .requested_at_s = event->at_s,
					   .changed_at_s = event->at_s,
					   .cite = event->cite };
	const struct numbers_pool *pool = numbers_pool_of(book, event->pool_id);

	if (event->request_id < book->next_request_id)
		return wrong(book, "the request's number was given already");
	if (pool == NULL || pool->is_closed)
		return wrong(book, "there is no such pool");
	text_copy(request.holder, sizeof request.holder, event->holder);
	text_copy(request.organisation, sizeof request.organisation, event->organisation);
	text_copy(request.purpose, sizeof request.purpose, event->purpose);
	text_copy(request.ipv6, sizeof request.ipv6, event->ipv6);
	return numbers_request_put(book, &request);
}

/* Invariant 3. */
static bool request_may(enum request_state from, enum numbers_event_kind kind)
{
	switch (kind) {
	case EVENT_EVALUATED:
		return from == REQUEST_REQUESTED;
	case EVENT_QUEUED:
		return from == REQUEST_EVALUATED;
	case EVENT_REFUSED:
		return from == REQUEST_REQUESTED || from == REQUEST_EVALUATED ||
		       from == REQUEST_QUEUED;
	case EVENT_LAPSED:
		return from == REQUEST_EVALUATED || from == REQUEST_QUEUED;
	case EVENT_GRANT:
		return from == REQUEST_EVALUATED || from == REQUEST_QUEUED;
	case EVENT_POOL:
	case EVENT_POOL_GROWN:
	case EVENT_POOL_CLOSED:
	case EVENT_REQUEST:
	case EVENT_HELD:
	case EVENT_RETURN:
	case EVENT_QUARANTINE:
	case EVENT_QUARANTINE_END:
	case EVENT_RESUMED:
	case EVENT_TRANSFER:
	case EVENT_REVIEWED:
	case EVENT_SHRUNK:
	case EVENT_GROWN:
	case EVENT_KINDS:
		break;
	}
	return false;
}

static struct fault request_change(struct numbers_book *book, const struct numbers_event *event)
{
	struct numbers_request *request = numbers_request_of(book, event->request_id);

	if (request == NULL)
		return wrong(book, "there is no such request");
	if (!request_may(request->state, event->kind))
		return wrong(book, "the request is not in a state for that");
	request->state = event->kind == EVENT_EVALUATED ? REQUEST_EVALUATED :
			 event->kind == EVENT_QUEUED    ? REQUEST_QUEUED :
			 event->kind == EVENT_REFUSED   ? REQUEST_REFUSED :
							  REQUEST_LAPSED;
	request->changed_at_s = event->at_s;
	request->cite = event->cite;
	text_copy(request->reason, sizeof request->reason, event->reason);
	return fault_none();
}

static bool kept_is_good(const struct numbers_pool *pool, const struct numbers_event *event)
{
	return event->kept_len_bits == 0 || (event->kept_len_bits <= event->prefix.len_bits &&
					     event->kept_len_bits >= pool->prefix.len_bits);
}

/* GRANT and HELD. */
static struct fault grant(struct numbers_book *book, const struct numbers_event *event)
{
	const struct numbers_pool *pool = numbers_pool_of(book, event->pool_id);
	struct numbers_request *request = numbers_request_of(book, event->request_id);
	struct numbers_delegation delegation = { .id = event->delegation_id,
						 .pool_id = event->pool_id,
						 .request_id = event->request_id,
						 .state = event->kind == EVENT_HELD ?
								  DELEGATION_HELD :
								  DELEGATION_GRANTED,
						 .prefix = event->prefix,
						 .kept_len_bits = event->kept_len_bits,
						 .granted_at_s = event->at_s,
						 .changed_at_s = event->at_s,
						 .cite = event->cite };

	if (event->delegation_id < book->next_delegation_id)
		return wrong(book, "the delegation's number was given already");
	if (pool == NULL || pool->is_closed || !prefix_contains(&pool->prefix, &event->prefix))
		return wrong(book, "it does not lie in its pool");
	if (!kept_is_good(pool, event))
		return wrong(book, "the room that is kept does not hold it");
	if (event->request_id != 0 && (request == NULL || request->pool_id != event->pool_id ||
				       request->len_bits != event->prefix.len_bits ||
				       !request_may(request->state, EVENT_GRANT)))
		return wrong(book, "the request is not in a state for that");
	if (delegation_overlaps(book, event->pool_id, 0, &event->prefix))
		return wrong(book, "it is not free");
	text_copy(delegation.holder, sizeof delegation.holder, event->holder);
	text_copy(delegation.organisation, sizeof delegation.organisation, event->organisation);
	text_copy(delegation.reason, sizeof delegation.reason, event->reason);
	TRY(numbers_delegation_put(book, &delegation));
	if (request != NULL) {
		request->state = REQUEST_GRANTED;
		request->delegation_id = delegation.id;
		request->changed_at_s = event->at_s;
		request->cite = event->cite;
	}
	return fault_none();
}

static struct fault shrink(struct numbers_book *book, const struct numbers_event *event)
{
	struct numbers_delegation *old = numbers_delegation_of(book, event->delegation_id);
	struct numbers_delegation rest = *old;
	struct prefix from = old->prefix;
	uint32_t count = numbers_rest_count(&from, event->prefix.len_bits);

	if (old->state != DELEGATION_GRANTED || count == 0 ||
	    !prefix_contains(&from, &event->prefix))
		return wrong(book, "it does not become smaller by that");
	if (event->next_id < book->next_delegation_id)
		return wrong(book, "the delegation's number was given already");
	old->prefix = event->prefix;
	old->kept_len_bits = 0;
	old->changed_at_s = old->reviewed_at_s = event->at_s;
	old->cite = event->cite;
	for (uint32_t i = 0; i < count; i++) {
		rest.id = event->next_id + i;
		rest.state = DELEGATION_QUARANTINE;
		rest.prefix = numbers_rest_of(&from, &event->prefix, i);
		rest.kept_len_bits = 0;
		rest.changed_at_s = event->at_s;
		rest.until_s = event->until_s;
		rest.cite = event->cite;
		TRY(numbers_delegation_put(book, &rest));
	}
	return fault_none();
}

static struct fault grow(struct numbers_book *book, const struct numbers_event *event)
{
	struct numbers_delegation *old = numbers_delegation_of(book, event->delegation_id);
	const struct numbers_pool *pool = numbers_pool_of(book, old->pool_id);

	if (old->state != DELEGATION_GRANTED || !prefix_contains(&event->prefix, &old->prefix) ||
	    event->prefix.len_bits == old->prefix.len_bits)
		return wrong(book, "it does not become larger by that");
	if (!prefix_contains(&pool->prefix, &event->prefix) || !kept_is_good(pool, event))
		return wrong(book, "it does not lie in its pool");
	if (delegation_overlaps(book, old->pool_id, old->id, &event->prefix))
		return wrong(book, "it is not free");
	old->prefix = event->prefix;
	old->kept_len_bits = event->kept_len_bits;
	old->changed_at_s = event->at_s;
	old->cite = event->cite;
	return fault_none();
}

static struct fault transfer(struct numbers_book *book, const struct numbers_event *event)
{
	struct numbers_delegation *old = numbers_delegation_of(book, event->delegation_id);
	struct numbers_delegation next = *old;

	if (old->state != DELEGATION_GRANTED)
		return wrong(book, "it is in nobody's hand");
	if (event->next_id < book->next_delegation_id)
		return wrong(book, "the delegation's number was given already");
	old->state = DELEGATION_ENDED;
	old->changed_at_s = event->at_s;
	text_copy(old->reason, sizeof old->reason, "transferred");
	next.id = event->next_id;
	next.request_id = 0;
	next.granted_at_s = next.changed_at_s = event->at_s;
	next.reviewed_at_s = 0;
	next.cite = event->cite;
	text_copy(next.holder, sizeof next.holder, event->holder);
	text_copy(next.organisation, sizeof next.organisation, event->organisation);
	text_copy(next.reason, sizeof next.reason, event->reason);
	return numbers_delegation_put(book, &next);
}

/* Of a delegation that stays one: RETURN, QUARANTINE, QUARANTINE_END, RESUMED, REVIEWED. */
static struct fault delegation_turn(struct numbers_book *book, const struct numbers_event *event)
{
	struct numbers_delegation *at = numbers_delegation_of(book, event->delegation_id);
	enum delegation_state from = at->state;

	if (event->kind == EVENT_REVIEWED) {
		if (from != DELEGATION_GRANTED)
			return wrong(book, "it is in nobody's hand");
		at->reviewed_at_s = event->at_s;
	} else if (event->kind == EVENT_RETURN) {
		if (from != DELEGATION_GRANTED)
			return wrong(book, "it is in nobody's hand");
		at->state = DELEGATION_RETURNING;
		at->until_s = event->until_s;
		text_copy(at->reason, sizeof at->reason, event->reason);
	} else if (event->kind == EVENT_QUARANTINE) {
		if (from != DELEGATION_RETURNING || event->at_s < at->until_s)
			return wrong(book, "its time to be returned has not come");
		at->state = DELEGATION_QUARANTINE;
		at->until_s = event->until_s;
	} else if (event->kind == EVENT_RESUMED) {
		if (from != DELEGATION_QUARANTINE && from != DELEGATION_RETURNING)
			return wrong(book, "nobody gave it back");
		at->state = DELEGATION_GRANTED;
		at->granted_at_s = event->at_s;
	} else {
		bool is_over = event->at_s >= at->until_s || event->reason[0] != '\0';
		if (from != DELEGATION_HELD && (from != DELEGATION_QUARANTINE || !is_over))
			return wrong(book, "its quarantine is not over");
		at->state = DELEGATION_ENDED;
	}
	at->changed_at_s = event->at_s;
	at->cite = event->cite;
	return fault_none();
}

static struct fault delegation_change(struct numbers_book *book, const struct numbers_event *event)
{
	if (numbers_delegation_of(book, event->delegation_id) == NULL)
		return wrong(book, "there is no such delegation");
	if (event->kind == EVENT_TRANSFER)
		return transfer(book, event);
	if (event->kind == EVENT_SHRUNK)
		return shrink(book, event);
	if (event->kind == EVENT_GROWN)
		return grow(book, event);
	return delegation_turn(book, event);
}

struct fault numbers_apply(struct numbers_book *book, const struct numbers_event *event)
{
	book->wrong = NULL;
	switch (event->kind) {
	case EVENT_POOL:
		return pool_open(book, event);
	case EVENT_POOL_GROWN:
	case EVENT_POOL_CLOSED:
		return pool_change(book, event);
	case EVENT_REQUEST:
		return request_open(book, event);
	case EVENT_EVALUATED:
	case EVENT_QUEUED:
	case EVENT_REFUSED:
	case EVENT_LAPSED:
		return request_change(book, event);
	case EVENT_GRANT:
	case EVENT_HELD:
		return grant(book, event);
	case EVENT_RETURN:
	case EVENT_QUARANTINE:
	case EVENT_QUARANTINE_END:
	case EVENT_RESUMED:
	case EVENT_TRANSFER:
	case EVENT_REVIEWED:
	case EVENT_SHRUNK:
	case EVENT_GROWN:
		return delegation_change(book, event);
	case EVENT_KINDS:
		break;
	}
	return wrong(book, "it is no event");
}

/* --- names ------------------------------------------------------------------------------------ */

static const char *const request_name[REQUEST_STATES] = {
	"requested", "evaluated", "queued", "granted", "refused", "lapsed",
};
static const char *const delegation_name[DELEGATION_STATES] = {
	"granted", "held", "returning", "quarantine", "ended",
};

const char *request_state_name(enum request_state state)
{
	CHECK(state < REQUEST_STATES);
	return request_name[state];
}

const char *delegation_state_name(enum delegation_state state)
{
	CHECK(state < DELEGATION_STATES);
	return delegation_name[state];
}

bool request_state_of(const char *text, enum request_state *out)
{
	for (uint32_t i = 0; i < REQUEST_STATES; i++) {
		if (strcmp(text, request_name[i]) == 0) {
			*out = (enum request_state)i;
			return true;
		}
	}
	return false;
}

bool delegation_state_of(const char *text, enum delegation_state *out)
{
	for (uint32_t i = 0; i < DELEGATION_STATES; i++) {
		if (strcmp(text, delegation_name[i]) == 0) {
			*out = (enum delegation_state)i;
			return true;
		}
	}
	return false;
}
