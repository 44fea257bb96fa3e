/* unit/rules/rpki.c — origins and paths among the import checks: what each policy makes of them,
 * and what is said of it. */
#include "base/mem.h"
#include "kit/tap.h"
#include "rules/check.h"

#define MEMBER 201001u

struct row {
	const char *name;
	const char *prefix;
	uint32_t path[4]; /* behind the member; ends with 0 */
	bool is_blackhole;
	enum plan_policy rpki;
	enum plan_policy aspa;
	enum reason reason;
	enum reason about; /* whose detail it is */
	const char *detail;
};

/* 50.1.0.0/16-20 AS201001, 50.1.0.0/16 AS7, 50.2.0.0/16 AS0; AS201002 has AS201003 alone for a
 * provider, AS201004 none. */
static const struct row rows[] = {
	{ "valid",
	  "50.1.16.0/20",
	  { 0 },
	  false,
	  PLAN_POLICY_DROP,
	  PLAN_POLICY_DROP,
	  REASON_NONE,
	  REASON_RPKI_INVALID,
	  "valid: 50.1.0.0/16 AS7, 50.1.0.0/16-20 AS201001" },
	{ "too long",
	  "50.1.16.0/21",
	  { 0 },
	  false,
	  PLAN_POLICY_DROP,
	  PLAN_POLICY_DROP,
	  REASON_RPKI_INVALID,
	  REASON_RPKI_INVALID,
	  "invalid: 50.1.0.0/16 AS7, 50.1.0.0/16-20 AS201001" },
	{ "another origin",
	  "50.1.16.0/20",
	  { 201009 },
	  false,
	  PLAN_POLICY_DROP,
	  PLAN_POLICY_OFF,
	  REASON_RPKI_INVALID,
	  REASON_RPKI_INVALID,
	  "invalid: 50.1.0.0/16 AS7, 50.1.0.0/16-20 AS201001" },
	{ "only logged",
	  "50.1.16.0/20",
	  { 201009 },
	  false,
	  PLAN_POLICY_LOG,
	  PLAN_POLICY_OFF,
	  REASON_NONE,
	  REASON_RPKI_INVALID,
	  "invalid, only logged: 50.1.0.0/16 AS7, 50.1.0.0/16-20 AS201001" },
	{ "not looked at",
	  "50.1.16.0/20",
	  { 201009 },
	  false,
	  PLAN_POLICY_OFF,
	  PLAN_POLICY_OFF,
	  REASON_NONE,
	  REASON_RPKI_INVALID,
	  "not checked at this exchange" },
	{ "AS 0",
	  "50.2.1.0/24",
	  { 0 },
	  false,
	  PLAN_POLICY_DROP,
	  PLAN_POLICY_DROP,
	  REASON_RPKI_INVALID,
	  REASON_RPKI_INVALID,
	  "invalid: 50.2.0.0/16 AS0" },
	{ "not found",
	  "50.3.1.0/24",
	  { 0 },
	  false,
	  PLAN_POLICY_DROP,
	  PLAN_POLICY_DROP,
	  REASON_NONE,
	  REASON_RPKI_INVALID,
	  "not found: no ROA covers it" },
	{ "RFC 7999 3.3: a blackhole is longer than the maximum",
	  "50.1.2.3/32",
	  { 0 },
	  true,
	  PLAN_POLICY_DROP,
	  PLAN_POLICY_DROP,
	  REASON_NONE,
	  REASON_RPKI_INVALID,
	  "valid: 50.1.0.0/16 AS7, 50.1.0.0/16-20 AS201001" },
	{ "but nobody else's",
	  "50.1.2.3/32",
	  { 201009 },
	  true,
	  PLAN_POLICY_DROP,
	  PLAN_POLICY_OFF,
	  REASON_RPKI_INVALID,
	  REASON_RPKI_INVALID,
	  "invalid: 50.1.0.0/16 AS7, 50.1.0.0/16-20 AS201001" },
	{ "no provider of it",
	  "50.3.1.0/24",
	  { 201002 },
	  false,
	  PLAN_POLICY_DROP,
	  PLAN_POLICY_DROP,
	  REASON_ASPA_INVALID,
	  REASON_ASPA_INVALID,
	  "AS201001 is no provider of AS201002" },
	{ "only logged, too",
	  "50.3.1.0/24",
	  { 201002 },
	  false,
	  PLAN_POLICY_DROP,
	  PLAN_POLICY_LOG,
	  REASON_NONE,
	  REASON_ASPA_INVALID,
	  "AS201001 is no provider of AS201002, only logged" },
	{ "unknown",
	  "50.3.1.0/24",
	  { 201003, 201002 },
	  false,
	  PLAN_POLICY_DROP,
	  PLAN_POLICY_DROP,
	  REASON_NONE,
	  REASON_ASPA_INVALID,
	  "unknown: not every network in it names its providers" },
	{ "valid path",
	  "50.3.1.0/24",
	  { 0 },
	  false,
	  PLAN_POLICY_DROP,
	  PLAN_POLICY_DROP,
	  REASON_NONE,
	  REASON_ASPA_INVALID,
	  "valid" },
	{ "the path before the origin",
	  "50.1.16.0/20",
	  { 201002 },
	  false,
	  PLAN_POLICY_DROP,
	  PLAN_POLICY_DROP,
	  REASON_ASPA_INVALID,
	  REASON_RPKI_INVALID,
	  "invalid: 50.1.0.0/16 AS7, 50.1.0.0/16-20 AS201001" },
};

static struct plan *plan_make(const struct row *row)
{
	struct plan_session session = { .asn = MEMBER, .address = address_ipv4(0x0a000001) };
	struct plan *plan = plan_new();

	plan->asn = 9033;
	plan->rules.blackhole = true;
	plan->rules.rpki_policy = row->rpki;
	plan->rules.aspa_policy = row->aspa;
	expect_true(!failed(plan_member_add(plan, MEMBER, "member")));
	expect_true(!failed(plan_session_add(plan, &session)));
	plan_seal(plan);
	return plan;
}

static void vrp_add(struct rpki_draft *draft, const char *text, uint8_t len_bits_max, uint32_t asn)
{
	struct vrp vrp = { .len_bits_max = len_bits_max, .asn = asn };

	expect_true(prefix_parse(text, &vrp.prefix, NULL));
	expect_true(!failed(rpki_draft_vrp(draft, &vrp)));
}

static struct rpki_data *data_make(void)
{
	struct heap heap = heap_libc();
	struct rpki_data *data = NULL;
	struct rpki_draft draft;

	rpki_draft_init(&draft, &heap);
	vrp_add(&draft, "50.1.0.0/16", 20, MEMBER);
	vrp_add(&draft, "50.1.0.0/16", 16, 7);
	vrp_add(&draft, "50.2.0.0/16", 16, 0);
	draft.has_aspas = true;
	expect_true(!failed(aspa_list_begin(&draft.aspas, 201002)));
	expect_true(!failed(aspa_list_provider(&draft.aspas, 201003)));
	expect_true(!failed(aspa_list_begin(&draft.aspas, 201004)));
	expect_true(!failed(aspa_list_provider(&draft.aspas, 0)));
	expect_true(!failed(rpki_data_make(&draft, &data)));
	rpki_draft_fini(&draft);
	return data;
}

static void attrs_make(const struct row *row, uint8_t octets[64], struct bgp_attrs *out)
{
	static const uint8_t blackhole[] = { 0xff, 0xff, 0x02, 0x9a };
	struct wr wr = wr_of(octets, 64);
	uint32_t count = 1;

	while (row->path[count - 1] != 0)
		count++;
	wr_u8(&wr, BGP_SEGMENT_SEQUENCE);
	wr_u8(&wr, count);
	wr_u32(&wr, MEMBER);
	for (uint32_t i = 0; i + 1 < count; i++)
		wr_u32(&wr, row->path[i]);
	*out = (struct bgp_attrs){ .next_hop_len_octets = 4,
				   .next_hop = { 10, 0, 0, 1 },
				   .as_path = wr_octets_of(&wr) };
	if (row->is_blackhole)
		out->communities = octets_of(blackhole, sizeof blackhole);
	expect_true(!failed(bgp_attrs_path_facts(out)));
}

static void case_policies(void)
{
	struct rpki_data *data = data_make();

	for (uint32_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct row *row = &rows[i];
		struct plan *plan = plan_make(row);
		char detail[RULES_DETAIL_MAX];
		struct bgp_attrs attrs;
		struct prefix prefix;
		uint8_t octets[64];
		tap_row(row->name);
		attrs_make(row, octets, &attrs);
		expect_true(prefix_parse(row->prefix, &prefix, NULL));
		struct rules_case judged = rules_case_of(
			plan, (struct rules_evidence){ .rpki = data },
			plan_session_of(plan, (struct session_id){ 0 }), &attrs);
		expect_text(reason_name(rules_check(&judged, &prefix)), reason_name(row->reason));
		bool passed = rules_check_one(row->about, &judged, &prefix, detail);
		expect_text(detail, row->detail);
		expect_true(passed || row->reason != REASON_NONE);
		/* Without data nothing is refused for it. */
		judged.evidence.rpki = NULL;
		expect_u64(rules_check(&judged, &prefix), REASON_NONE);
		expect_true(rules_check_one(row->about, &judged, &prefix, detail));
		plan_unref(plan);
	}
	rpki_data_unref(data);
}

static const struct tap_case cases[] = {
	{ "each policy", case_policies, 0 },
};

TAP_MAIN(cases)
