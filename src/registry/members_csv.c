/* registry/members_csv.c — members out of a spreadsheet: a header that names columns, a row a
 * connection; several rows of one AS number are several connections of one member.
 *
 * Quoting is that of RFC 4180: a field in quotes may hold commas, line breaks and, doubled,
 * quotes.  Where the header has no comma, semicolons or tabs stand between fields.  A byte order
 * mark is passed over; lines end with LF or CRLF. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/decimal.h"
#include "net/asn.h"
#include "registry/exchange.h"
#include "registry/members_inside.h"
#include "text/utf8.h"

#define CSV_FIELD_MAX 512u
#define CSV_COLUMNS_MAX 32u

enum csv_column {
	CSV_NONE = 0,
	CSV_ASN,
	CSV_NAME,
	CSV_AS_MACRO,
	CSV_IPV4,
	CSV_IPV6,
	CSV_MAX_PREFIX4,
	CSV_MAX_PREFIX6,
	CSV_MAC,
	CSV_ROUTESERVER,
	CSV_STATE,
	CSV_SWITCH,
	CSV_PORT_NAME,
	CSV_SPEED,
	CSV_TYPE,
	CSV_URL,
	CSV_POLICY,
	CSV_SINCE,
	CSV_COLUMNS,
};

/* What a column is of, besides what members_connection_begin and _address_add take. */
static const struct {
	const char *name;
	enum fact_id kind; /* FACT_KINDS = none */
	const char *field;
} columns[CSV_COLUMNS] = {
	[CSV_NONE] = { "", FACT_KINDS, NULL },
	[CSV_ASN] = { "asn", FACT_KINDS, NULL },
	[CSV_NAME] = { "name", FACT_KINDS, NULL },
	[CSV_AS_MACRO] = { "as-macro", FACT_KINDS, NULL },
	[CSV_IPV4] = { "ipv4", FACT_KINDS, NULL },
	[CSV_IPV6] = { "ipv6", FACT_KINDS, NULL },
	[CSV_MAX_PREFIX4] = { "max-prefix4", FACT_KINDS, NULL },
	[CSV_MAX_PREFIX6] = { "max-prefix6", FACT_KINDS, NULL },
	[CSV_MAC] = { "mac", FACT_ADDRESS, "mac_addresses" },
	[CSV_ROUTESERVER] = { "routeserver", FACT_ADDRESS, "routeserver" },
	[CSV_STATE] = { "state", FACT_CONNECTION, "state" },
	[CSV_SWITCH] = { "switch", FACT_PORT, "switch" },
	[CSV_PORT_NAME] = { "port-name", FACT_PORT, "name" },
	[CSV_SPEED] = { "speed", FACT_PORT, "speed_mbps" },
	[CSV_TYPE] = { "type", FACT_MEMBER, "member_type" },
	[CSV_URL] = { "url", FACT_MEMBER, "url" },
	[CSV_POLICY] = { "policy", FACT_MEMBER, "peering_policy" },
	[CSV_SINCE] = { "since", FACT_MEMBER, "member_since" },
};

struct csv {
	const char *file;
	struct octets text;
	struct complaints *complaints;
	struct ixf_list *list;
	char separator;
	uint32_t at;
	uint32_t line;     /* of what is read next */
	uint32_t row_line; /* where the row at hand began */
	uint32_t column_count;
	enum csv_column column[CSV_COLUMNS_MAX];
	char value[CSV_COLUMNS][CSV_FIELD_MAX];
	uint32_t value_column[CSV_COLUMNS]; /* which column of the file, from 1 */
	uint32_t rows;
};

static void wrong(const struct csv *csv, uint32_t column, const char *value, const char *what)
{
	complain(csv->complaints, false, "%s:%u: column %u: \"%.64s\" %s", csv->file, csv->row_line,
		 column, value, what);
}

/* --- fields ----------------------------------------------------------------------------------- */

static bool has_more(const struct csv *csv)
{
	return csv->at < csv->text.len_octets;
}

static void octet_put(char out[CSV_FIELD_MAX], uint32_t *len, char octet)
{
	if (*len < CSV_FIELD_MAX - 1)
		out[*len] = octet;
	(*len)++;
}

/* The text between quotes; false: they are not closed. */
static bool quoted_read(struct csv *csv, char out[CSV_FIELD_MAX], uint32_t *len)
{
	csv->at++;
	while (has_more(csv)) {
		char octet = (char)csv->text.at[csv->at++];
		if (octet == '"' && (!has_more(csv) || csv->text.at[csv->at] != '"'))
			return true;
		if (octet == '"')
			csv->at++;
		csv->line += octet == '\n' ? 1 : 0;
		octet_put(out, len, octet == '\n' || octet == '\r' ? ' ' : octet);
	}
	return false;
}

/* The next field, trimmed; *is_last: it ends its row.  False with a complaint. */
static bool field_read(struct csv *csv, uint32_t column, char out[CSV_FIELD_MAX], bool *is_last)
{
	uint32_t len = 0;

	while (has_more(csv) && csv->text.at[csv->at] == ' ')
		csv->at++;
	bool is_quoted = has_more(csv) && csv->text.at[csv->at] == '"';
	if (is_quoted && !quoted_read(csv, out, &len)) {
		complain(csv->complaints, false, "%s:%u: column %u: the quotes are not closed",
			 csv->file, csv->row_line, column);
		return false;
	}
	const char ends[] = { csv->separator, '\r', '\n', '\0' };
	while (has_more(csv) && strchr(ends, csv->text.at[csv->at]) == NULL) {
		if (is_quoted && csv->text.at[csv->at] != ' ') {
			complain(csv->complaints, false,
				 "%s:%u: column %u: text behind the closing quotes", csv->file,
				 csv->row_line, column);
			return false;
		}
		if (!is_quoted)
			octet_put(out, &len, (char)csv->text.at[csv->at]);
		csv->at++;
	}
	while (!is_quoted && len != 0 && len < CSV_FIELD_MAX && out[len - 1] == ' ')
		len--;
	out[len < CSV_FIELD_MAX ? len : CSV_FIELD_MAX - 1] = '\0';
	if (len >= CSV_FIELD_MAX)
		wrong(csv, column, out, "is too long");
	*is_last = !has_more(csv) || csv->text.at[csv->at] != (uint8_t)csv->separator;
	csv->at += has_more(csv) && csv->text.at[csv->at] == '\r' ? 1 : 0;
	if (has_more(csv)) {
		csv->line += csv->text.at[csv->at] == '\n' ? 1 : 0;
		csv->at++;
	}
	return len < CSV_FIELD_MAX;
}

/* --- rows ------------------------------------------------------------------------------------- */

static bool header_read(struct csv *csv)
{
	char field[CSV_FIELD_MAX];
	bool is_last = false;
	bool has_asn = false;

	csv->row_line = csv->line;
	while (!is_last) {
		enum csv_column found = CSV_NONE;
		if (csv->column_count == CSV_COLUMNS_MAX) {
			complain(csv->complaints, false, "%s:1: more than %u columns", csv->file,
				 CSV_COLUMNS_MAX);
			return false;
		}
		if (!field_read(csv, csv->column_count + 1, field, &is_last))
			return false;
		for (char *at = field; *at != '\0'; at++)
			*at = *at == '_' || *at == ' ' ? '-' : *at;
		for (uint32_t i = 1; i < CSV_COLUMNS; i++) {
			if (strcasecmp(field, columns[i].name) == 0)
				found = (enum csv_column)i;
		}
		if (found == CSV_NONE)
			complain(csv->complaints, true,
				 "%s:1: column %u: \"%.64s\" is no column that is known; left out",
				 csv->file, csv->column_count + 1, field);
		has_asn |= found == CSV_ASN;
		csv->value_column[found] = csv->column_count + 1;
		csv->column[csv->column_count++] = found;
	}
	return has_asn;
}

/* False: a row that cannot be read, which is complained of; or, without any, an empty line. */
static bool row_read(struct csv *csv)
{
	char field[CSV_FIELD_MAX];
	bool is_last = false;
	bool is_empty = true;
	bool is_good = true;
	uint32_t count = 0;

	csv->row_line = csv->line;
	for (uint32_t i = 0; i < CSV_COLUMNS; i++)
		csv->value[i][0] = '\0';
	while (!is_last) {
		is_good = field_read(csv, count + 1, field, &is_last) && is_good;
		if (!is_good && !has_more(csv))
			return false;
		is_empty = is_empty && field[0] == '\0';
		if (count < csv->column_count)
			(void)snprintf(csv->value[csv->column[count]], CSV_FIELD_MAX, "%s", field);
		count++;
	}
	if (count != csv->column_count && !(is_empty && count == 1)) {
		complain(csv->complaints, false, "%s:%u: %u fields, where the header names %u",
			 csv->file, csv->row_line, count, csv->column_count);
		return false;
	}
	return is_good && !is_empty;
}

/* What the row says of one kind of fact. */
static struct fault facts_say(struct csv *csv, enum fact_id kind, const char *key)
{
	struct fact fact;
	uint32_t said = 0;

	fact_init(&fact, kind, key);
	for (uint32_t i = 1; i < CSV_COLUMNS; i++) {
		char value[CSV_FIELD_MAX];
		if (columns[i].kind != kind || csv->value[i][0] == '\0')
			continue;
		uint32_t field = fact_field_index(fact.kind, columns[i].field);
		(void)snprintf(value, sizeof value, "%s", csv->value[i]);
		for (char *at = value; *at != '\0' && fact.kind->field[field].type == FACT_MACS;
		     at++)
			*at = *at == ' ' || *at == ';' ? '\n' : *at;
		const char *what = fact_set(&fact, field, value);
		if (what != NULL && i == CSV_SWITCH)
			what = "is not the number of a switch; plenum switch list shows them";
		if (what != NULL)
			wrong(csv, csv->value_column[i], csv->value[i], what);
		else
			said |= UINT32_C(1) << field;
	}
	return said != 0 ? members_thing_add(csv->list, &fact, said) : fault_none();
}

static struct fault address_say(struct csv *csv, enum csv_column column, enum csv_column limit,
				enum family family)
{
	const char *text = csv->value[column];
	struct address address;
	uint32_t routes_max = 0;
	char key[ADDRESS_TEXT_MAX];

	if (text[0] == '\0')
		return fault_none();
	if (!address_parse(text, &address) || address.family != (uint8_t)family) {
		wrong(csv, csv->value_column[column], text,
		      family == FAMILY_IPV4 ? "is not an IPv4 address" : "is not an IPv6 address");
		return fault_none();
	}
	if (csv->value[limit][0] != '\0' &&
	    !decimal_u32(csv->value[limit], REGISTRY_ROUTES_MAX, &routes_max))
		wrong(csv, csv->value_column[limit], csv->value[limit],
		      "is not a number of routes");
	bool is_idle = csv->value[CSV_STATE][0] != '\0' &&
		       strcmp(csv->value[CSV_STATE], "connected") != 0;
	TRY(members_address_add(csv->list, &address, routes_max,
				is_idle || strcmp(csv->value[CSV_ROUTESERVER], "no") == 0));
	address_print(&address, key);
	return facts_say(csv, FACT_ADDRESS, key);
}

static struct fault row_take(struct csv *csv)
{
	char name[REGISTRY_TEXT_MAX];
	char key[FACT_KEY_MAX];
	uint32_t asn = 0;

	if (!asn_parse(csv->value[CSV_ASN], &asn)) {
		wrong(csv, csv->value_column[CSV_ASN], csv->value[CSV_ASN],
		      "is not an AS number, such as AS201001");
		return fault_none();
	}
	if (!utf8_clean(octets_of_text(csv->value[CSV_NAME]), "?", name, sizeof name))
		wrong(csv, csv->value_column[CSV_NAME], csv->value[CSV_NAME], "is too long");
	if (strlen(csv->value[CSV_AS_MACRO]) >= REGISTRY_TEXT_MAX ||
	    !registry_macro_is_good(csv->value[CSV_AS_MACRO])) {
		wrong(csv, csv->value_column[CSV_AS_MACRO], csv->value[CSV_AS_MACRO],
		      "is no as-set, such as AS-EXAMPLE");
		return fault_none();
	}
	TRY(members_connection_begin(csv->list, asn, name, csv->value[CSV_AS_MACRO], csv->rows++));
	(void)snprintf(key, sizeof key, "%u", asn);
	TRY(facts_say(csv, FACT_MEMBER, key));
	TRY(facts_say(csv, FACT_CONNECTION, ""));
	TRY(facts_say(csv, FACT_PORT, ""));
	TRY(address_say(csv, CSV_IPV4, CSV_MAX_PREFIX4, FAMILY_IPV4));
	return address_say(csv, CSV_IPV6, CSV_MAX_PREFIX6, FAMILY_IPV6);
}

/* --- the file --------------------------------------------------------------------------------- */

static uint32_t mark_len(struct octets text)
{
	return text.len_octets >= 3 && text.at[0] == 0xef && text.at[1] == 0xbb &&
			       text.at[2] == 0xbf ?
		       3 :
		       0;
}

static void header_take(struct octets text, char line[CSV_FIELD_MAX])
{
	uint32_t from = mark_len(text);
	uint32_t len = 0;

	while (from + len < text.len_octets && len < CSV_FIELD_MAX - 1 &&
	       strchr("\r\n", text.at[from + len]) == NULL) {
		line[len] = (char)text.at[from + len];
		len++;
	}
	line[len] = '\0';
}

/* A spreadsheet where numbers have a decimal comma writes semicolons; another one tabs. */
static char separator_of(const char *header)
{
	return strchr(header, ',') != NULL  ? ',' :
	       strchr(header, ';') != NULL  ? ';' :
	       strchr(header, '\t') != NULL ? '\t' :
					      ',';
}

/* Its first line has a column that is called asn. */
bool members_is_csv(struct octets text)
{
	char line[CSV_FIELD_MAX];

	header_take(text, line);
	const char separator = separator_of(line);
	for (const char *at = line; at != NULL; at = strchr(at, separator)) {
		at += *at == separator ? 1 : 0;
		at += strspn(at, " \"");
		if (strncasecmp(at, "asn", 3) == 0 &&
		    (at[3] == separator || strchr(" \"", at[3]) != NULL))
			return true;
	}
	return false;
}

struct fault members_csv_read(const char *file, struct octets text, struct ixf_list *out,
			      struct complaints *complaints)
{
	uint32_t errors_before = complaints->error_count;
	struct heap heap = heap_libc();
	struct csv *csv = heap_zero(&heap, sizeof *csv);
	struct fault fault = fault_none();

	if (csv == NULL)
		return fault_of(FAULT_LIMIT, 0);
	csv->file = file;
	csv->text = text;
	csv->complaints = complaints;
	csv->list = out;
	header_take(text, csv->value[CSV_NONE]);
	csv->separator = separator_of(csv->value[CSV_NONE]);
	csv->at = mark_len(text);
	csv->line = 1;
	(void)snprintf(out->version, sizeof out->version, "CSV");
	if (header_read(csv)) {
		while (has_more(csv) && !failed(fault)) {
			if (row_read(csv))
				fault = row_take(csv);
		}
	}
	heap_free(&heap, csv, sizeof *csv);
	if (failed(fault))
		return fault;
	members_list_seal(out);
	return complaints->error_count == errors_before ? fault_none() :
							  fault_of(FAULT_MALFORMED, 0);
}
