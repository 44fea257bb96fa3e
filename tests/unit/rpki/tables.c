/* unit/rpki/tables.c — origins of real tables by real VRPs: the counts, the time, the memory.  The
 * counts were worked out by another program (RFC 6811, the first origin where several stand). */
#include <malloc.h>
#include <stdio.h>

#include "kit/data.h"
#include "kit/tap.h"
#include "kit/vrps.h"
#include "rpki/changes.h"
#include "sys/process.h"
#include "sys/unpack.h"
#include "tables/table.h"

#define VRPS_FILE "rpki/rpki-client.20250720T093135Z.json.bz2"
#define VRPS_FILE_NEXT "rpki/rpki-client.20250720T100145Z.json.bz2"
#define LOAD_MS_MAX 10000 /* two seconds and what a busy machine adds */
#define LOAD_OCTETS_MAX (100u << 20)

struct counts {
	const struct rpki_data *data;
	uint32_t of[RPKI_INVALID + 1];
};

static bool is_sanitised(void)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
	return true;
#else
	return false;
#endif
}

static struct fault route_count(void *context, const struct table_route *route)
{
	struct counts *counts = context;
	uint32_t origin = route->attrs != NULL ? route->attrs->origin_asn : route->origins[0].asn;

	counts->of[rpki_origin(counts->data, &route->prefix, origin, false)]++;
	return fault_none();
}

static struct counts table_counts(const struct rpki_data *data, const char *name)
{
	struct heap heap = heap_libc();
	struct complaints complaints = { 0 };
	struct counts counts = { .data = data };
	struct source *source = NULL;
	struct table_counts read;
	char path[4096];

	expect_true(data_find(name, path, sizeof path));
	expect_true(!failed(unpack_open(&heap, path, &source, &complaints)));
	struct table_request request = { .heap = &heap,
					 .file = path,
					 .source = source,
					 .taker = { .context = &counts, .route = route_count } };
	struct instant begin = process_now();
	expect_true(!failed(table_read(&request, &read, &complaints)));
	printf("# %s: valid %u, invalid %u, not found %u, in %lld ms with reading it\n", name,
	       counts.of[RPKI_VALID], counts.of[RPKI_INVALID], counts.of[RPKI_NOT_FOUND],
	       (long long)(instant_since(process_now(), begin).ns / NS_PER_MS));
	unpack_close(source);
	return counts;
}

static const struct {
	const char *name;
	uint32_t valid;
	uint32_t invalid;
	uint32_t not_found;
} tables[] = {
	{ "tables/rv2-20160202-1200.pfx2as.gz", 207532, 101832, 306478 },
	{ "tables/rv6-20210726-0800.pfx2as.gz", 70873, 6370, 59378 },
	{ "tables/asn-prefixes.20190301.txt.gz", 349931, 113246, 399817 },
	{ "mrt/rib.namex-rs.20200929.inet.mrt.gz", 2131, 297, 998 },
};

static void case_counts(void)
{
	struct rpki_data *data = vrps_load(VRPS_FILE);

	expect_u64(rpki_vrp_count(data), 723521);
	expect_u64(data->vrps[FAMILY_IPV6].count, 143155);
	expect_true(data->has_aspas);
	expect_u64(data->aspas.count, 100);
	for (uint32_t i = 0; i < sizeof tables / sizeof *tables; i++) {
		tap_row(tables[i].name);
		struct counts counts = table_counts(data, tables[i].name);
		expect_u64(counts.of[RPKI_VALID], tables[i].valid);
		expect_u64(counts.of[RPKI_INVALID], tables[i].invalid);
		expect_u64(counts.of[RPKI_NOT_FOUND], tables[i].not_found);
	}
	rpki_data_unref(data);
}

/* Resident at the most, of this process, since its start. */
static uint64_t peak_octets(void)
{
	FILE *file = fopen("/proc/self/status", "r");
	unsigned long long kib = 0;
	char line[256];

	while (file != NULL && fgets(line, sizeof line, file) != NULL) {
		if (sscanf(line, "VmHWM: %llu kB", &kib) == 1)
			break;
	}
	if (file != NULL)
		(void)fclose(file);
	return kib * 1024;
}

static void case_load(void)
{
	struct instant begin = process_now();
	uint64_t before = process_memory_octets();
	struct rpki_data *data = vrps_load(VRPS_FILE);
	int64_t ms = instant_since(process_now(), begin).ns / NS_PER_MS;
	uint64_t peak = peak_octets();

	printf("# %u VRPs in %lld ms, kept in %.1f MiB, at the most %.1f MiB in use, %.1f of them "
	       "before\n",
	       rpki_vrp_count(data), (long long)ms, (double)rpki_data_octets(data) / (1 << 20),
	       (double)peak / (1 << 20), (double)before / (1 << 20));
	expect_true(is_sanitised() || ms < LOAD_MS_MAX);
	expect_true(is_sanitised() || peak < LOAD_OCTETS_MAX);
	rpki_data_unref(data);
}

/* Half an hour: 9 added, 6 removed. */
static void case_step(void)
{
	struct rpki_data *before = vrps_load(VRPS_FILE);
	struct rpki_data *after = vrps_load(VRPS_FILE_NEXT);
	struct rpki_changes *changes = NULL;
	struct instant begin = process_now();

	expect_true(!failed(rpki_changes_make(before, after, &changes)));
	printf("# compared in %lld ms: %u added, %u removed\n",
	       (long long)(instant_since(process_now(), begin).ns / NS_PER_MS), changes->vrps_added,
	       changes->vrps_removed);
	expect_u64(changes->vrps_added, 9);
	expect_u64(changes->vrps_removed, 6);
	rpki_changes_unref(changes);
	rpki_data_unref(before);
	rpki_data_unref(after);
}

static const struct tap_case cases[] = {
	{ "loads within time and memory", case_load, 0 },
	{ "counts of whole tables", case_counts, 120 },
	{ "a step of half an hour", case_step, 0 },
};

TAP_MAIN(cases)
