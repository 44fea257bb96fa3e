/* unit/registry/import.c — a member export brought in as a difference: shown, applied whole or not
 * at all, nothing left to do the second time. */
#include "registry/import.h"

#include <time.h>

#include "kit/data.h"
#include "registry/edit.h"
#include "unit/registry/world.h"

struct importing {
	struct ixf_list file;
	struct registry_import import;
	struct registry_import_options options;
	struct text_buffer text;
};

static void file_set(struct world *world, struct importing *importing, const char *text)
{
	ixf_list_fini(&importing->file);
	expect_true(
		!failed(ixf_read("f", octets_of_text(text), &importing->file, &world->complaints)));
}

static void begin(struct world *world, struct importing *importing)
{
	world_init(world);
	*importing = (struct importing){ 0 };
	ixf_list_init(&importing->file, &world->heap);
	registry_import_init(&importing->import, &world->heap);
	text_buffer_init(&importing->text, &world->heap, 0);
}

static void end(struct world *world, struct importing *importing)
{
	ixf_list_fini(&importing->file);
	registry_import_fini(&importing->import);
	text_buffer_fini(&importing->text);
	world_fini(world);
}

static bool plan(struct world *world, struct importing *importing)
{
	world->complaints = (struct complaints){ 0 };
	return !failed(registry_import_plan(world->store, &world->exchange, &importing->file,
					    importing->options, &importing->import,
					    &world->complaints));
}

static const char *shown(struct importing *importing)
{
	text_buffer_clear(&importing->text);
	expect_true(registry_import_print(&importing->import, text_buffer_sink(&importing->text)));
	return text_buffer_of(&importing->text);
}

static bool apply(struct world *world, struct importing *importing)
{
	return !failed(registry_import_apply(world->store, &world->exchange, &importing->file,
					     importing->options, importing->import.digest,
					     &world->complaints));
}

/* Plans, shows, applies, and finds nothing left to do. */
static void bring_in(struct world *world, struct importing *importing, const char *text,
		     const char *difference)
{
	file_set(world, importing, text);
	expect_true(plan(world, importing));
	if (difference != NULL)
		expect_text(shown(importing), difference);
	expect_true(apply(world, importing));
	expect_u64(world->complaints.error_count, 0);
	expect_true(plan(world, importing));
	expect_u64(importing->import.change_count, 0);
}

#define FILE_OF(members) "{\"version\":\"1.0\",\"timestamp\":\"x\",\"member_list\":[" members "]}"
#define CONNECTION(vlans) "{\"ixp_id\":1,\"vlan_list\":[" vlans "]}"
#define V4(rest) "{\"ipv4\":{\"address\":" rest "}}"
#define V6(rest) "{\"ipv6\":{\"address\":" rest "}}"

#define MEMBER_1 \
	"{\"asnum\":201001,\"name\":\"One\",\"connection_list\":[" CONNECTION(V4( \
		"\"127.1.0.1\"," \
		"\"max_prefix\":" \
		"100,\"as_" \
		"macro\":\"AS-" \
		"ONE\"") "," V6("\"fd00:1::1\",\"max_prefix\":50")) "," CONNECTION(V4("\"127.1.0." \
										      "2\"")) "]}"
#define MEMBER_2 "{\"asnum\":201002,\"connection_list\":[" CONNECTION(V4("\"127.1.0.3\"")) "]}"

static void case_add_and_change(void)
{
	static const char changed[] = FILE_OF(
		"{\"asnum\":201001,\"name\":\"Eins\",\"connection_list\":[" CONNECTION(
			V4("\"127.1.0.1\",\"max_prefix\":200,\"as_macro\":\"AS-EINS\"") "," V4(
				"\"127.1.0.9\"")) "," CONNECTION(V6("\"fd00:1::9\"")) "]}");
	struct world world;
	struct importing importing;
	struct registry_edit edit = { .asn = 201001, .password = "secret", .gtsm = CHOICE_YES };

	begin(&world, &importing);
	bring_in(&world, &importing, FILE_OF(MEMBER_2 "," MEMBER_1),
		 "+ AS201001 member \"One\", AS-ONE\n"
		 "+ AS201001 connection, max-prefix4 100, max-prefix6 50\n"
		 "+ AS201001 address 127.1.0.1\n+ AS201001 address fd00:1::1\n"
		 "+ AS201001 connection\n+ AS201001 address 127.1.0.2\n"
		 "+ AS201002 member \"AS201002\"\n+ AS201002 connection\n"
		 "+ AS201002 address 127.1.0.3\n"
		 "members: 2 added, 0 changed, 0 removed; addresses: 4 added, 0 removed\n");
	expect_text(world_dump(&world), "AS201001|One|AS-ONE|100/50|||0 0=127.1.0.1 1=fd00:1::1\n"
					"AS201001|One|AS-ONE|0/0|||0 2=127.1.0.2\n"
					"AS201002|AS201002||0/0|||0 3=127.1.0.3\n");
	expect_true(!failed(
		registry_member_edit(world.store, &world.exchange, &edit, &world.complaints)));
	/* The second connection is renumbered and keeps its key; what stays keeps its slot. */
	bring_in(&world, &importing, changed,
		 "~ AS201001 name: \"One\" -> \"Eins\"\n~ AS201001 as-macro: \"AS-ONE\" -> "
		 "\"AS-EINS\"\n"
		 "+ AS201001 address 127.1.0.9\n+ AS201001 address fd00:1::9\n"
		 "- AS201001 address fd00:1::1\n~ AS201001 max-prefix4: 100 -> 200 (connection 1)\n"
		 "- AS201001 address 127.1.0.2\n"
		 "members: 0 added, 1 changed, 0 removed; addresses: 2 added, 2 removed\n"
		 "1 member is not in the file: kept\n");
	expect_text(world_dump(&world),
		    "AS201001|Eins|AS-EINS|200/50|g|secret|0 0=127.1.0.1 4=127.1.0.9\n"
		    "AS201001|Eins|AS-EINS|0/0|g|secret|0 5=fd00:1::9\n"
		    "AS201002|AS201002||0/0|||0 3=127.1.0.3\n");
	end(&world, &importing);
}

static void case_remove(void)
{
	struct world world;
	struct importing importing;

	begin(&world, &importing);
	bring_in(&world, &importing, FILE_OF(MEMBER_1 "," MEMBER_2), NULL);
	importing.options.removes_missing = true;
	bring_in(&world, &importing, FILE_OF(MEMBER_2),
		 "- AS201001 member \"One\"\n"
		 "members: 0 added, 0 changed, 1 removed; addresses: 0 added, 3 removed\n");
	expect_text(world_dump(&world), "AS201002|AS201002||0/0|||0 3=127.1.0.3\n");
	/* An address that changes hands within one file. */
	bring_in(&world, &importing,
		 FILE_OF("{\"asnum\":201003,\"connection_list\":[" CONNECTION(
			 V4("\"127.1.0.3\"")) "]}"),
		 NULL);
	expect_text(world_dump(&world), "AS201003|AS201003||0/0|||0 0=127.1.0.3\n");
	end(&world, &importing);
}

/* More addresses than one connection holds make several, and the second time nothing. */
static void case_many_addresses(void)
{
	struct world world;
	struct importing importing;
	struct text_buffer text;
	struct text_sink sink = text_buffer_sink(&text);

	begin(&world, &importing);
	text_buffer_init(&text, &world.heap, 0);
	(void)text_put_text(sink, "{\"version\":\"1.0\",\"timestamp\":\"x\",\"member_list\":[{"
				  "\"asnum\":201001,\"connection_list\":[{\"vlan_list\":[");
	for (uint32_t i = 1; i <= 2 * REGISTRY_ADDRESSES_MAX + 1; i++)
		(void)text_put(sink, "%s{\"ipv4\":{\"address\":\"127.1.0.%u\",\"max_prefix\":%u}}",
			       i == 1 ? "" : ",", i, i);
	(void)text_put_text(sink, "]}]}]}");
	bring_in(&world, &importing, text_buffer_of(&text), NULL);
	expect_true(strstr(world_dump(&world), "|8/0|||0 0=127.1.0.1 ") != NULL);
	expect_true(strstr(world_dump(&world), "|17/0|||0 16=127.1.0.17\n") != NULL);
	text_buffer_fini(&text);
	end(&world, &importing);
}

/* All that cannot be, at once; nothing is written. */
static void case_refused(void)
{
	static const struct {
		const char *file;
		const char *said[3];
		uint32_t errors;
		uint32_t warnings;
	} rows[] = {
		{ FILE_OF("{\"asnum\":1,\"connection_list\":[" CONNECTION(
			  V4("\"10.0.0.1\"")) "]},"
					      "{\"asnum\":2,\"connection_list\":[" CONNECTION(
						      V4("\"127.1.0.0\"")) "]},"
									   "{\"asnum\":64500,"
									   "\"connection_list\":"
									   "[" CONNECTION(
										   V4("\"127.1.0."
										      "7\"")) "]}"),
		  { "AS1: 10.0.0.1 lies in none", "AS2: 127.1.0.0 is the network's",
		    "AS64500 is the exchange's own" },
		  3,
		  0 },
		{ FILE_OF("{\"asnum\":1,\"connection_list\":[" CONNECTION(
			  V4("\"127.1.0.7\"") "," V4(
				  "\"127.1.0.7\"")) "]},"
						    "{\"asnum\":64999,\"connection_list\":"
						    "[" CONNECTION(V6(
							    "\"fd00:1::7\"")) "]},"
									      "{\"asnum\":3,"
									      "\"connection_list\":"
									      "[" CONNECTION(V6(
										      "\"fd00:1:0::"
										      "7\"")) "]}"),
		  { "AS1: 127.1.0.7 stands twice in the file; taken once",
		    "fd00:1::7 stands twice in the file, for AS64999 (member_list[1]) and AS3 "
		    "(member_list[2])",
		    "AS64999 is a private" },
		  1,
		  2 },
		{ FILE_OF("{\"asnum\":3,\"connection_list\":[" CONNECTION(
			  V4("\"127.1.0.2\"")) "]}"),
		  { "AS3: 127.1.0.2 belongs to AS201001 (One), which is not in the file", NULL,
		    NULL },
		  1,
		  0 },
	};
	struct world world;
	struct importing importing;
	char before[512];

	begin(&world, &importing);
	bring_in(&world, &importing, FILE_OF(MEMBER_1), NULL);
	(void)snprintf(before, sizeof before, "%s", world_dump(&world));
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		tap_row(rows[i].file);
		file_set(&world, &importing, rows[i].file);
		expect_true(!plan(&world, &importing));
		expect_u64(world.complaints.error_count, rows[i].errors);
		expect_u64(world.complaints.count, rows[i].errors + rows[i].warnings);
		for (uint32_t j = 0; j < 3 && rows[i].said[j] != NULL; j++)
			expect_true(is_said(&world.complaints, rows[i].said[j]));
		expect_true(!apply(&world, &importing));
		expect_text(world_dump(&world), before);
	}
	end(&world, &importing);
}

static void case_foreign_left_out(void)
{
	struct world world;
	struct importing importing;

	begin(&world, &importing);
	importing.options.leaves_out_foreign = true;
	bring_in(&world, &importing,
		 FILE_OF(MEMBER_2
			 ",{\"asnum\":1,\"connection_list\":[" CONNECTION(V4("\"10.0.0.1\"")) "]}"),
		 "+ AS201002 member \"AS201002\"\n+ AS201002 connection\n"
		 "+ AS201002 address 127.1.0.3\n"
		 "members: 1 added, 0 changed, 0 removed; addresses: 1 added, 0 removed\n");
	expect_true(is_said(&world.complaints, "1 address lies in none of the exchange's LANs"));
	expect_true(is_said(&world.complaints, "AS1 has no address"));
	end(&world, &importing);
}

/* What was shown is what is applied, or nothing. */
/* What could be read of a bad file is judged, too; and which LAN the file is of. */
static void case_judged(void)
{
	static const char text[] =
		"{\"version\":\"1.0\",\"timestamp\":\"t\",\"ixp_list\":[{\"ixp_id\":1,\"vlan\":[{"
		"\"id\":1,"
		"\"ipv4\":{\"prefix\":\"195.140.192.0\",\"mask_length\":24},"
		"\"ipv6\":{\"prefix\":\"fd00:1::\",\"mask_length\":64}}]}],\"member_list\":["
		"{\"asnum\":\"x\",\"connection_list\":[{\"vlan_list\":[{\"ipv4\":{\"address\":"
		"\"10.7.7.7\"}}]}]},"
		"{\"asnum\":201009,\"connection_list\":[{\"vlan_list\":[{\"ipv4\":{\"address\":"
		"\"10.9.9.9\"}}]}]}]}";
	struct world world;
	struct importing importing;

	begin(&world, &importing);
	expect_true(
		failed(ixf_read("f", octets_of_text(text), &importing.file, &world.complaints)));
	registry_import_judge(&world.exchange, &importing.file, importing.options,
			      &world.complaints);
	expect_u64(world.complaints.error_count, 3);
	expect_u64(world.complaints.warning_count, 1);
	expect_true(is_said(&world.complaints, "member_list[0].asnum: not an AS number"));
	expect_true(is_said(&world.complaints, "member_list[0]: 10.7.7.7 lies in none"));
	expect_true(is_said(&world.complaints, "AS201009: 10.9.9.9 lies in none"));
	expect_true(is_said(&world.complaints, "the LAN 195.140.192.0/24, which is not"));
	end(&world, &importing);
}

static void case_changed_between(void)
{
	struct world world;
	struct importing importing;
	struct registry_edit edit = { .asn = 201001, .name = "Other" };

	begin(&world, &importing);
	bring_in(&world, &importing, FILE_OF(MEMBER_1), NULL);
	file_set(&world, &importing,
		 FILE_OF("{\"asnum\":201001,\"name\":\"Eins\",\"connection_list\":[" CONNECTION(
			 V4("\"127.1.0.1\"")) "]}"));
	expect_true(plan(&world, &importing));
	expect_true(!failed(
		registry_member_edit(world.store, &world.exchange, &edit, &world.complaints)));
	expect_true(!apply(&world, &importing));
	expect_true(is_said(&world.complaints, "the registry has changed since"));
	expect_true(strstr(world_dump(&world), "AS201001|Other|") != NULL);
	expect_true(plan(&world, &importing) && apply(&world, &importing));
	end(&world, &importing);
}

static void case_statement_fails(void)
{
	static const char next[] = FILE_OF(
		"{\"asnum\":201001,\"name\":\"Eins\",\"connection_list\":[" CONNECTION(
			V4("\"127.1.0.1\",\"max_prefix\":7,\"as_macro\":\"AS-X\"") "," V4(
				"\"127.1.0.8\"")) "]},{\"asnum\":201005,\"connection_list\":"
						  "[" CONNECTION(V4("\"127.1.0.3\"")) "]}");
	struct world world;
	struct importing importing;
	char before[512];
	uint32_t failures = 0;
	bool done = false;

	begin(&world, &importing);
	bring_in(&world, &importing, FILE_OF(MEMBER_1 "," MEMBER_2), NULL);
	(void)snprintf(before, sizeof before, "%s", world_dump(&world));
	importing.options.removes_missing = true;
	file_set(&world, &importing, next);
	for (uint32_t i = 1; !done && i < 200; i++) {
		expect_true(plan(&world, &importing));
		store_fail_after(world.store, i);
		done = apply(&world, &importing);
		store_fail_after(world.store, 0);
		failures += done ? 0 : 1;
		expect_true(done || is_said(&world.complaints, "made to fail"));
		expect_true(done || strcmp(world_dump(&world), before) == 0);
	}
	expect_true(done && failures > 15);
	expect_text(world_dump(&world), "AS201001|Eins|AS-X|7/50|||0 0=127.1.0.1 4=127.1.0.8\n"
					"AS201005|AS201005||0/0|||0 5=127.1.0.3\n");
	end(&world, &importing);
}

static uint64_t now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* A thousand members in well under two seconds, their plan in a twentieth of one.  The bounds here
 * leave room for sanitizers and a busy machine; what it took is printed. */
static void case_thousand(void)
{
	struct world world;
	struct importing importing;
	struct text_buffer text;
	struct text_sink sink = text_buffer_sink(&text);
	struct plan *made = NULL;

	begin(&world, &importing);
	text_buffer_init(&text, &world.heap, 0);
	(void)text_put_text(sink, "{\"version\":\"1.0\",\"timestamp\":\"x\",\"member_list\":[");
	for (uint32_t i = 0; i < 1000; i++)
		(void)text_put(sink,
			       "%s{\"asnum\":%u,\"name\":\"Network %u\",\"connection_list\":[{"
			       "\"ixp_id\":1,\"vlan_list\":[{\"ipv4\":{\"address\":\"127.1.%u.%u\","
			       "\"max_prefix\":1000},\"ipv6\":{\"address\":\"fd00:1::%x\"}}]}]}",
			       i == 0 ? "" : ",", 201001 + i, i, 1 + i / 200, 1 + i % 200, i + 1);
	(void)text_put_text(sink, "]}");
	uint64_t start = now_ms();
	file_set(&world, &importing, text_buffer_of(&text));
	expect_true(plan(&world, &importing));
	expect_u64(importing.import.members_added, 1000);
	expect_true(apply(&world, &importing));
	uint64_t imported = now_ms();
	expect_true(!failed(registry_plan(world.store, &world.exchange, &made)));
	uint64_t planned = now_ms();
	expect_u64(made->session_end, 2000);
	plan_unref(made);
	expect_true(plan(&world, &importing));
	expect_u64(importing.import.change_count, 0);
	printf("# 1,000 members: imported in %u ms, planned in %u ms\n",
	       (uint32_t)(imported - start), (uint32_t)(planned - imported));
	expect_true(database_is_postgresql() || imported - start < 10000);
	expect_true(planned - imported < 1000);
	text_buffer_fini(&text);
	end(&world, &importing);
}

/* Real exports one after the other, each twice; nothing is left to do the second time. */
static void real_bring_in(const char *const *names, size_t count, const char *const *lans)
{
	struct world world;
	struct importing importing;

	begin(&world, &importing);
	for (world.exchange.lan_count = 0; lans[world.exchange.lan_count] != NULL;
	     world.exchange.lan_count++)
		expect_true(prefix_parse(lans[world.exchange.lan_count],
					 &world.exchange.lan[world.exchange.lan_count], NULL));
	importing.options.removes_missing = true;
	for (size_t i = 0; i < count; i++) {
		char path[512];
		size_t len = 0;
		if (!data_find(names[i], path, sizeof path))
			tap_skip("no folder of real data: PLENUM_DATA or ../shared/data");
		char *text = data_read(path, &len);
		tap_row(names[i]);
		expect_true(text != NULL);
		if (text != NULL)
			bring_in(&world, &importing, text, NULL);
		printf("# %s: %s\n", names[i], strlen(world_dump(&world)) != 0 ? "in" : "empty");
		for (uint32_t j = 0; j < world.complaints.count; j++)
			printf("# %s\n", world.complaints.list[j].text);
		free(text);
	}
	end(&world, &importing);
}

static void case_real(void)
{
	static const char *const bcix[] = { "ixf/bcix.20171124.v0.6.json" };
	static const char *const bcix_lans[] = { "193.178.185.0/24", "2001:7f8:19:1::/64", NULL };
	static const char *const gr_ix[] = { "ixf/gr-ix.20171124.v0.6.json" };
	static const char *const gr_ix_lans[] = { "176.126.38.0/24", "2001:7f8:6e::/64", NULL };
	static const char *const trex[] = { "ixf/trex.20200205.v0.6.json" };
	static const char *const trex_lans[] = { "195.140.192.0/24", "195.140.193.0/24",
						 "2001:7f8:1d:4::/64", NULL };
	static const char *const qcix[] = { "ixf/qcix.20200314.v1.0.json" };
	static const char *const qcix_lans[] = { "206.83.43.0/24", "2001:504:9b::/64", NULL };

	real_bring_in(bcix, 1, bcix_lans);
	real_bring_in(gr_ix, 1, gr_ix_lans);
	real_bring_in(trex, 1, trex_lans);
	real_bring_in(qcix, 1, qcix_lans);
}

/* Nine states of one exchange in two and a half years. */
static void case_real_churn(void)
{
	static const char *const names[] = {
		"ixf/arix/arix.20220129.v1.0.json", "ixf/arix/arix.20220306.v1.0.json",
		"ixf/arix/arix.20220629.v1.0.json", "ixf/arix/arix.20220709.v1.0.json",
		"ixf/arix/arix.20220925.v1.0.json", "ixf/arix/arix.20230610.v1.0.json",
		"ixf/arix/arix.20230919.v1.0.json", "ixf/arix/arix.20231227.v1.0.json",
		"ixf/arix/arix.20241002.v1.0.json",
	};
	static const char *const lans[] = { "44.190.42.0/24", "2602:801:30ff::/64", NULL };

	real_bring_in(names, sizeof names / sizeof *names, lans);
}

static const struct tap_case cases[] = {
	{ "added and changed", case_add_and_change, 0 },
	{ "removed", case_remove, 0 },
	{ "more addresses than a connection holds", case_many_addresses, 0 },
	{ "refused, nothing changed", case_refused, 0 },
	{ "other LANs left out", case_foreign_left_out, 0 },
	{ "judged without being read whole", case_judged, 0 },
	{ "changed in between", case_changed_between, 0 },
	{ "statement n fails", case_statement_fails, 0 },
	{ "a thousand members", case_thousand, 0 },
	{ "real exports", case_real, 0 },
	{ "real churn", case_real_churn, 0 },
};
TAP_MAIN(cases)
