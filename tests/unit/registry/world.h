/* unit/registry/world.h — an exchange, a database of its own, and the registry as text. */
#ifndef UNIT_REGISTRY_WORLD_H
#define UNIT_REGISTRY_WORLD_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kit/database.h"
#include "kit/tap.h"
#include "registry/registry.h"
#include "text/sink.h"

struct world {
	struct registry_exchange exchange;
	struct complaints complaints;
	struct store *store;
	struct heap heap;
	struct text_buffer dump;
	char path[DATABASE_PLACE_MAX];
};

static inline void world_init(struct world *world)
{
	char error[256] = "";

	*world = (struct world){ .exchange = { .name = "Test", .asn = 64500, .router_id = 1 },
				 .heap = heap_libc() };
	text_buffer_init(&world->dump, &world->heap, 0);
	expect_true(prefix_parse("127.1.0.0/16", &world->exchange.lan[0], NULL));
	expect_true(prefix_parse("fd00:1::/64", &world->exchange.lan[1], NULL));
	world->exchange.lan_count = 2;
	database_make(world->path);
	expect_true(!failed(store_open(world->path, true, registry_migrations,
				       registry_migration_count, &world->store, error)));
	expect_text(error, "");
}

static inline void world_fini(struct world *world)
{
	store_close(world->store);
	database_unmake(world->path);
	text_buffer_fini(&world->dump);
	expect_u64(world->heap.used_octets, 0);
}

static inline bool dump_take(void *context, const struct registry_member *member)
{
	static const char *const action[LIMIT_ACTION_COUNT] = { "", "W", "B", "S" };
	struct text_sink sink = text_buffer_sink(context);
	char text[ADDRESS_TEXT_MAX];

	(void)text_put(sink, "AS%u|%s|%s|%u/%u|%s%s%s%s%s%s%s%s|%s|%u", member->asn, member->name,
		       member->as_macro, member->routes_max[0], member->routes_max[1],
		       member->takes_blackhole ? "b" : "", member->is_active ? "a" : "",
		       member->add_path ? "p" : "", member->gtsm ? "g" : "",
		       member->allow_as2 ? "2" : "", member->require_role ? "r" : "",
		       member->extended_message ? "e" : "", action[member->limit_action],
		       member->password, member->port);
	for (uint32_t i = 0; i < member->address_count; i++) {
		address_print(&member->address[i], text);
		(void)text_put(sink, " %u=%s", member->slot[i], text);
	}
	return text_put_text(sink, "\n");
}

/* Every connection a line, slots with their addresses; valid until the next. */
static inline const char *world_dump(struct world *world)
{
	text_buffer_clear(&world->dump);
	expect_true(!failed(registry_walk(world->store, dump_take, &world->dump)));
	return text_buffer_of(&world->dump);
}

static inline struct address address_make(const char *text)
{
	struct address address = { 0 };

	expect_true(address_parse(text, &address));
	return address;
}

static inline struct registry_member member_make(uint32_t asn, const char *first,
						 const char *second)
{
	struct registry_member member = { .asn = asn, .name = "Net" };

	member.address[member.address_count++] = address_make(first);
	if (second != NULL)
		member.address[member.address_count++] = address_make(second);
	return member;
}

static inline void world_add(struct world *world, const struct registry_member *member)
{
	expect_true(!failed(
		registry_member_add(world->store, &world->exchange, member, &world->complaints)));
	expect_u64(world->complaints.error_count, 0);
}

static inline bool is_said(const struct complaints *complaints, const char *text)
{
	for (uint32_t i = 0; i < complaints->count; i++) {
		if (strstr(complaints->list[i].text, text) != NULL)
			return true;
	}
	for (uint32_t i = 0; i < complaints->count; i++)
		printf("# said: %s\n", complaints->list[i].text);
	return false;
}

#endif
