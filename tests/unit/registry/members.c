/* unit/registry/members.c — sessions as BIRD prints them, old and new, as a list of members. */
#include "registry/members.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kit/data.h"
#include "kit/tap.h"

#define HEAD "BIRD 1.6.8 ready.\nname     proto    table    state  since       info\n"

static const char bird1[] = HEAD
	"device1  Device   master   up     2015-03-18  \n"
	"  Description:    not a session\n"
	"\n"
	"pb_2 BGP      t_2 up     2016-09-30  Established   \n"
	"  Description:    RIB for AS201002 - Two - and a half - VLAN Interface 9\n"
	"  Import limit:   170 [HIT]\n"
	"    Neighbor address: 127.1.0.2\n"
	"    Neighbor AS:      201002\n"
	"pb_1 BGP      t_1 up     2016-09-30  Established   \n"
	"  Description:    Plain words\r\n"
	"    Neighbor address: 127.1.0.1\n"
	"    Neighbor AS:      201001\n"
	"pb_3 BGP      t_3 start     2016-09-30  Active\n"
	"    Neighbor address: fe80::3 %eth0\n"
	"    Neighbor AS:      201002\n"
	"pp_3 Pipe     master   up     2015-03-18  => t_3\n"
	"    Neighbor AS:      77\n";

/* The same lines as the control protocol writes them. */
static const char coded[] = "0001 BIRD 2.0.12 ready.\n"
			    "2002-Name       Proto      Table      State  Since         Info\n"
			    "1002-R1     BGP        ---        up     10:00:00.000  Established\n"
			    "1006-    Neighbor address: 127.1.0.1\n"
			    "     Neighbor AS:      201001\n"
			    "0000 \n";

static void list_dump(const struct ixf_list *list, char *out, size_t room)
{
	char text[ADDRESS_TEXT_MAX];
	size_t at = 0;

	out[0] = '\0';
	for (uint32_t i = 0; i < list->member_count; i++) {
		const struct ixf_member *member = &list->member[i];
		at += (size_t)snprintf(out + at, room - at, "AS%u|%s|", member->asn, member->name);
		for (uint32_t j = 0; j < member->address_count; j++) {
			const struct ixf_address *address =
				&list->address[member->address_first + j];
			address_print(&address->address, text);
			at += (size_t)snprintf(out + at, room - at, " %s/%u", text,
					       address->routes_max);
		}
		at += (size_t)snprintf(out + at, room - at, "\n");
	}
}

static void case_read(void)
{
	static const struct {
		const char *text;
		const char *read;
	} rows[] = {
		{ bird1, "AS201001|Plain words| 127.1.0.1/0\n"
			 "AS201002|Two - and a half| 127.1.0.2/170 fe80::3/0\n" },
		{ coded, "AS201001|R1| 127.1.0.1/0\n" },
		{ "{\"version\":\"1.0\",\"timestamp\":\"x\",\"member_list\":[{\"asnum\":201001,"
		  "\"name\":\"a BGP ready.\",\"connection_list\":[]}]}",
		  "AS201001|a BGP ready.|\n" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct heap heap = heap_libc();
		struct ixf_list list;
		struct complaints complaints = { 0 };
		char dump[512];
		tap_row(rows[i].text);
		ixf_list_init(&list, &heap);
		expect_true(!failed(
			members_read("f", octets_of_text(rows[i].text), &list, &complaints)));
		expect_u64(complaints.error_count, 0);
		list_dump(&list, dump, sizeof dump);
		expect_text(dump, rows[i].read);
		ixf_list_fini(&list);
		expect_u64(heap.used_octets, 0);
	}
}

static void case_wrong(void)
{
	static const struct {
		const char *text;
		const char *said;
	} rows[] = {
		{ HEAD "R1 BGP --- up x\n  Neighbor address: 1.2.3\n  Neighbor AS: 5\n",
		  "f:4: \"1.2.3\" is not an address" },
		{ HEAD
		  "R1 BGP --- up x\n  Neighbor address: 192.0.2.1\n  Neighbor AS: 4294967296\n",
		  "f:5: \"4294967296\" is not an AS number" },
		{ HEAD "R1 BGP --- up x\n  Import limit: many\n",
		  "f:4: \"many\" is not a number of routes" },
		{ HEAD "R1 BGP --- up x\n  Import limit: many\n  Neighbor AS: x\n",
		  "f:5: \"x\" is not an AS number" },
		{ HEAD "device1 Device --- up x\n",
		  "f: no member in it: neither an IX-F member "
		  "export (JSON), nor what BIRD prints for show protocols all, nor " },
		{ "root:x:0:0:root:/root:/bin/bash\n",
		  "f: no member in it: neither an IX-F member export" },
		{ " \n{ \"member_list\": 1 }",
		  "f: no IX-F member export: member_list is not a list" },
		{ "", "f: " },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct heap heap = heap_libc();
		struct ixf_list list;
		struct complaints complaints = { 0 };
		bool is_said = false;
		tap_row(rows[i].text);
		ixf_list_init(&list, &heap);
		expect_true(failed(
			members_read("f", octets_of_text(rows[i].text), &list, &complaints)));
		for (uint32_t j = 0; j < complaints.count; j++)
			is_said |= strncmp(complaints.list[j].text, rows[i].said,
					   strlen(rows[i].said)) == 0;
		expect_true(is_said);
		ixf_list_fini(&list);
		expect_u64(heap.used_octets, 0);
	}
}

/* A line longer than any that BIRD prints, and one that is not UTF-8. */
static void case_hostile(void)
{
	struct heap heap = heap_libc();
	struct ixf_list list;
	struct complaints complaints = { 0 };
	static char text[4096];

	(void)snprintf(text, sizeof text, HEAD "R1 BGP --- up x\n  Description: ");
	size_t len = strlen(text);
	memset(text + len, 'a', sizeof text - len - 1);
	ixf_list_init(&list, &heap);
	expect_true(failed(members_read("f", octets_of_text(text), &list, &complaints)));
	expect_text(complaints.list[0].text, "f:4: the line is too long");
	ixf_list_fini(&list);

	complaints = (struct complaints){ 0 };
	ixf_list_init(&list, &heap);
	expect_true(!failed(members_read(
		"f",
		octets_of_text(HEAD "R1 BGP --- up x\n  Description: b\xff\x1b[0m\n"
				    "  Neighbor address: 127.1.0.1\n  Neighbor AS: 5\n"),
		&list, &complaints)));
	expect_text(list.member[0].name, "b??[0m");
	ixf_list_fini(&list);
	expect_u64(heap.used_octets, 0);
}

static void case_real(void)
{
	static const struct {
		const char *name;
		uint32_t members;
		uint32_t addresses;
	} rows[] = {
		{ "lg/inex-rs.bird1.v4-show-protocols-all.201610.txt", 71, 73 },
		{ "lg/bird2-show-protocols-all.txt", 3, 3 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct heap heap = heap_libc();
		struct ixf_list list;
		struct complaints complaints = { 0 };
		char path[1024];
		size_t len = 0;
		if (!data_find(rows[i].name, path, sizeof path))
			tap_skip("no folder of real data: PLENUM_DATA or ../shared/data");
		char *text = data_read(path, &len);
		tap_row(rows[i].name);
		ixf_list_init(&list, &heap);
		expect_true(!failed(
			members_read("f", octets_of(text, (uint32_t)len), &list, &complaints)));
		expect_u64(list.member_count, rows[i].members);
		expect_u64(list.address_count, rows[i].addresses);
		expect_u64(complaints.count, 0);
		ixf_list_fini(&list);
		free(text);
	}
}

static const struct tap_case cases[] = {
	{ "both formats of BIRD, and an export", case_read, 0 },
	{ "what is wrong is said with its line", case_wrong, 0 },
	{ "lines too long, names that are no text", case_hostile, 0 },
	{ "real lists", case_real, 0 },
};

TAP_MAIN(cases)
