/* rib/audience.c — audiences, interned.
 *
 * Invariants
 *  1. An audience with users stands in exactly one bucket chain.
 *  2. The account has AUDIENCE_OCTETS for each that is paid. */
#include "rib/audience.h"

#include "base/check.h"

#define BUCKETS_MIN 16u

struct audience {
	struct rules_audience who; /* first: what is given out is its place */
	struct audience *chain;    /* next in the hash bucket */
	uint64_t hash;
	uint32_t users;
	struct session_id session;
	bool is_paid;
};

/* Twice, for another in its place while the plan changes; each with the allocator's head, and its
 * part of the buckets while they are copied. */
#define AUDIENCE_OCTETS (2u * (sizeof(struct audience) + 16u + 3u * sizeof(struct audience *)))

void attr_account_add(struct attr_account *account, struct session_id session, uint64_t octets)
{
	if (account != NULL)
		atomic_fetch_add_explicit(&account->octets[session.index], octets,
					  memory_order_relaxed);
}

void attr_account_take(struct attr_account *account, struct session_id session, uint64_t octets)
{
	if (account == NULL)
		return;
	uint64_t had = atomic_fetch_sub_explicit(&account->octets[session.index], octets,
						 memory_order_relaxed);
	CHECK(had >= octets);
}

static struct octets set_octets(const struct session_set *set)
{
	return octets_of((const uint8_t *)set->word, sizeof set->word);
}

static uint64_t hash_of(const struct audience_table *table, struct session_id session,
			const struct rules_audience *who)
{
	uint64_t hash = hash_octets(table->key, set_octets(&who->allowed));

	for (uint32_t i = 1; i <= RULES_PREPEND_MAX; i++) {
		if (!session_set_is_empty(&who->prepended[i]))
			hash = hash_words(table->key, hash + i,
					  hash_octets(table->key, set_octets(&who->prepended[i])));
	}
	return hash_words(table->key, hash, (uint64_t)session.index << 1 | who->is_blackhole);
}

static bool is_equal(const struct rules_audience *a, const struct rules_audience *b)
{
	for (uint32_t i = 1; i <= RULES_PREPEND_MAX; i++) {
		if (!session_set_equal(&a->prepended[i], &b->prepended[i]))
			return false;
	}
	return a->is_blackhole == b->is_blackhole && session_set_equal(&a->allowed, &b->allowed);
}

/* When memory is out the chains just grow longer; false: there is not one. */
static bool buckets_double(struct audience_table *table)
{
	uint32_t count = table->bucket_count == 0 ? BUCKETS_MIN : table->bucket_count * 2;
	struct audience **fresh = heap_array(table->heap, count, sizeof(struct audience *));

	if (fresh == NULL)
		return table->bucket_count != 0;
	for (uint32_t i = 0; i < table->bucket_count; i++) {
		while (table->buckets[i] != NULL) {
			struct audience *audience = table->buckets[i];
			struct audience **bucket = &fresh[(uint32_t)audience->hash & (count - 1)];
			table->buckets[i] = audience->chain;
			audience->chain = *bucket;
			*bucket = audience;
		}
	}
	heap_free(table->heap, table->buckets, table->bucket_count * sizeof *table->buckets);
	table->buckets = fresh;
	table->bucket_count = count;
	return true;
}

static struct audience *audience_of(const struct rules_audience *who)
{
	return (struct audience *)(uintptr_t)who;
}

struct fault audience_keep(struct audience_table *table, struct session_id session,
			   const struct rules_audience *who, const struct rules_audience **out)
{
	uint64_t hash = hash_of(table, session, who);

	*out = NULL;
	if (table->count >= table->bucket_count && !buckets_double(table))
		return fault_of(FAULT_LIMIT, 0);
	struct audience **bucket = &table->buckets[(uint32_t)hash & (table->bucket_count - 1)];
	for (struct audience *at = *bucket; at != NULL; at = at->chain) {
		if (at->hash == hash && at->session.index == session.index &&
		    is_equal(&at->who, who)) {
			at->users++;
			*out = &at->who;
			return fault_none();
		}
	}
	struct audience *fresh = heap_take(table->heap, sizeof *fresh);
	if (fresh == NULL)
		return fault_of(FAULT_LIMIT, 0);
	*fresh = (struct audience){
		.who = *who, .chain = *bucket, .hash = hash, .users = 1, .session = session
	};
	*bucket = fresh;
	table->count++;
	*out = &fresh->who;
	if (!table->is_on_credit)
		audience_settle(table, *out);
	return fault_none();
}

void audience_settle(struct audience_table *table, const struct rules_audience *who)
{
	struct audience *audience = who != NULL ? audience_of(who) : NULL;

	if (audience == NULL || audience->is_paid)
		return;
	audience->is_paid = true;
	attr_account_add(table->account, audience->session, AUDIENCE_OCTETS);
}

const struct rules_audience *audience_ref(const struct rules_audience *who)
{
	if (who != NULL)
		audience_of(who)->users++;
	return who;
}

void audience_unref(struct audience_table *table, const struct rules_audience *who)
{
	if (who == NULL)
		return;
	struct audience *audience = audience_of(who);
	CHECK(audience->users != 0);
	if (--audience->users != 0)
		return;
	struct audience **link =
		&table->buckets[(uint32_t)audience->hash & (table->bucket_count - 1)];
	while (*link != audience) {
		CHECK(*link != NULL);
		link = &(*link)->chain;
	}
	*link = audience->chain;
	if (audience->is_paid)
		attr_account_take(table->account, audience->session, AUDIENCE_OCTETS);
	heap_free(table->heap, audience, sizeof *audience);
	table->count--;
}

void audience_fini(struct audience_table *table)
{
	CHECK(table->count == 0);
	heap_free(table->heap, table->buckets, table->bucket_count * sizeof *table->buckets);
	table->buckets = NULL;
	table->bucket_count = 0;
}
