/* registry/members.c — sessions of a BIRD route server as members.
 *
 * A protocol begins with a line at the margin: name, kind, table, state.  Of those of kind BGP the
 * indented lines say the rest.  Lines may begin with the numbers of BIRD's control protocol. */
#include "registry/members.h"

#include <stdio.h>
#include <string.h>

#include "base/decimal.h"
#include "base/mem.h"
#include "registry/members_inside.h"
#include "text/utf8.h"

#define LINE_MAX_OCTETS 1024u

struct bird_reading {
	const char *file;
	struct complaints *complaints;
	struct ixf_list *list;
	uint32_t line;
	bool is_bgp; /* the protocol at hand */
	struct ixf_address address;
	bool has_address;
	char name[REGISTRY_TEXT_MAX];
};

/* --- lines ------------------------------------------------------------------------------------ */

/* "1007-" or "1007 " before the text. */
static const char *code_skip(const char *line)
{
	for (uint32_t i = 0; i < 4; i++) {
		if (line[i] < '0' || line[i] > '9')
			return line;
	}
	return line[4] == '-' || line[4] == ' ' ? line + 5 : line;
}

/* The value of "  Key:   value" when the line has that key. */
static const char *value_of(const char *line, const char *key)
{
	size_t len = strlen(key);

	line += strspn(line, " \t");
	if (strncmp(line, key, len) != 0 || line[len] != ':')
		return NULL;
	line += len + 1;
	return line + strspn(line, " \t");
}

/* "RIB for AS42 - Packet Clearing House DNS - VLAN Interface 109": what IXP Manager writes. */
static void name_take(struct bird_reading *reading, const char *description)
{
	const char *first = strstr(description, " - ");
	const char *last = first != NULL ? strstr(first + 3, " - VLAN Interface") : NULL;
	bool is_framed = last != NULL && strncmp(description, "RIB for AS", 10) == 0;

	if (is_framed)
		(void)snprintf(reading->name, sizeof reading->name, "%.*s", (int)(last - first - 3),
			       first + 3);
	else
		(void)snprintf(reading->name, sizeof reading->name, "%s", description);
}

static void wrong(struct bird_reading *reading, const char *what, const char *text)
{
	complain(reading->complaints, false, "%s:%u: \"%.64s\" is not %s", reading->file,
		 reading->line, text, what);
}

static void detail_take(struct bird_reading *reading, const char *line)
{
	const char *value;

	if ((value = value_of(line, "Description")) != NULL) {
		name_take(reading, value);
	} else if ((value = value_of(line, "Neighbor address")) != NULL) {
		char address[ADDRESS_TEXT_MAX];
		/* A link-local one says its interface, too. */
		(void)snprintf(address, sizeof address, "%.*s", (int)strcspn(value, " %"), value);
		reading->has_address = address_parse(address, &reading->address.address);
		if (!reading->has_address)
			wrong(reading, "an address", value);
	} else if ((value = value_of(line, "Neighbor AS")) != NULL) {
		if (!decimal_u32(value, UINT32_MAX, &reading->address.asn))
			wrong(reading, "an AS number", value);
	} else if ((value = value_of(line, "Import limit")) != NULL) {
		char limit[16];
		(void)snprintf(limit, sizeof limit, "%.*s", (int)strspn(value, "0123456789"),
			       value);
		if (!decimal_u32(limit, REGISTRY_ROUTES_MAX, &reading->address.routes_max))
			wrong(reading, "a number of routes", value);
	}
}

/* --- protocols -------------------------------------------------------------------------------- */

static struct fault protocol_end(struct bird_reading *reading)
{
	struct ixf_list *list = reading->list;
	struct ixf_address *at = &reading->address;

	if (!reading->is_bgp || !reading->has_address || at->asn == 0)
		return fault_none();
	at->place = at->connection = at->order = list->address_count;
	if (!heap_grow(list->heap, (void **)&list->address, &list->address_room,
		       list->address_count + 1, sizeof *list->address) ||
	    !heap_grow(list->heap, (void **)&list->member, &list->member_room,
		       list->member_count + 1, sizeof *list->member))
		return fault_of(FAULT_LIMIT, 0);
	struct ixf_member *member = &list->member[list->member_count++];
	*member = (struct ixf_member){ .asn = at->asn, .place = at->place };
	(void)utf8_clean(octets_of_text(reading->name), "?", member->name, sizeof member->name);
	list->address[list->address_count++] = *at;
	list->connection_count = list->address_count;
	return fault_none();
}

static struct fault protocol_begin(struct bird_reading *reading, const char *line)
{
	TRY(protocol_end(reading));
	size_t name_len = strcspn(line, " \t");
	const char *kind = line + name_len + strspn(line + name_len, " \t");
	reading->is_bgp = strncmp(kind, "BGP", 3) == 0 && (kind[3] == ' ' || kind[3] == '\t');
	reading->has_address = false;
	reading->address = (struct ixf_address){ 0 };
	(void)snprintf(reading->name, sizeof reading->name, "%.*s",
		       (int)(name_len < sizeof reading->name ? name_len : 0), line);
	return fault_none();
}

static struct fault line_take(struct bird_reading *reading, const char *line)
{
	if (line[0] == ' ' || line[0] == '\t') {
		if (reading->is_bgp)
			detail_take(reading, line);
		return fault_none();
	}
	return line[0] == '\0' ? fault_none() : protocol_begin(reading, line);
}

/* --- the list --------------------------------------------------------------------------------- */

struct fault members_connection_begin(struct ixf_list *list, uint32_t asn, const char *name,
				      const char *as_macro, uint32_t place)
{
	if (!heap_grow(list->heap, (void **)&list->member, &list->member_room,
		       list->member_count + 1, sizeof *list->member))
		return fault_of(FAULT_LIMIT, 0);
	struct ixf_member *member = &list->member[list->member_count++];
	*member = (struct ixf_member){ .asn = asn, .place = place };
	(void)snprintf(member->name, sizeof member->name, "%s", name);
	(void)snprintf(member->as_macro, sizeof member->as_macro, "%s", as_macro);
	list->connection_count++;
	return fault_none();
}

struct fault members_address_add(struct ixf_list *list, const struct address *address,
				 uint32_t routes_max, bool no_session)
{
	const struct ixf_member *member = &list->member[list->member_count - 1];

	if (!heap_grow(list->heap, (void **)&list->address, &list->address_room,
		       list->address_count + 1, sizeof *list->address))
		return fault_of(FAULT_LIMIT, 0);
	list->address[list->address_count] = (struct ixf_address){
		.asn = member->asn,
		.place = member->place,
		.connection = list->connection_count - 1,
		.order = list->address_count,
		.routes_max = routes_max,
		.address = *address,
		.no_session = no_session,
	};
	list->address_count++;
	return fault_none();
}

struct fault members_thing_add(struct ixf_list *list, const struct fact *fact, uint32_t said)
{
	struct ixf_thing *thing = ixf_thing_add(list, fact, said);

	if (thing == NULL)
		return fault_of(FAULT_LIMIT, 0);
	thing->asn = list->member[list->member_count - 1].asn;
	thing->connection = list->connection_count - 1;
	return fault_none();
}

void members_list_seal(struct ixf_list *list)
{
	uint32_t kept = 0;

	ixf_list_sort(list);
	for (uint32_t i = 0; i < list->member_count; i++) {
		struct ixf_member *next = &list->member[i];
		struct ixf_member *into = kept != 0 ? &list->member[kept - 1] : NULL;
		if (into == NULL || into->asn != next->asn) {
			list->member[kept++] = *next;
			continue;
		}
		if (into->name[0] == '\0')
			mem_copy(into->name, next->name, sizeof into->name);
		if (into->as_macro[0] == '\0')
			mem_copy(into->as_macro, next->as_macro, sizeof into->as_macro);
	}
	list->member_count = kept;
	ixf_list_join(list);
}

static struct fault bird_read(struct bird_reading *reading, struct octets text)
{
	const char *at = (const char *)text.at;
	const char *end = at + text.len_octets;

	while (at < end) {
		const char *stop = memchr(at, '\n', (size_t)(end - at));
		size_t len = stop != NULL ? (size_t)(stop - at) : (size_t)(end - at);
		char line[LINE_MAX_OCTETS];
		reading->line++;
		if (len >= sizeof line) {
			complain(reading->complaints, false, "%s:%u: the line is too long",
				 reading->file, reading->line);
			return fault_of(FAULT_MALFORMED, 0);
		}
		(void)snprintf(line, sizeof line, "%.*s", (int)len, at);
		line[strcspn(line, "\r")] = '\0';
		TRY(line_take(reading, code_skip(line)));
		at += len + 1;
	}
	return protocol_end(reading);
}

#define NEITHER \
	"%s: no member in it: neither an IX-F member export (JSON), nor what BIRD prints for " \
	"show protocols all, nor ARouteServer's clients.yml, nor CSV with a column asn"

/* Its first octet that is no blank; behind a byte order mark, which the reader of JSON tells of. */
static bool looks_like_json(struct octets text)
{
	static const char mark[] = "\xef\xbb\xbf";
	uint32_t at = text.len_octets >= 3 && strncmp((const char *)text.at, mark, 3) == 0 ? 3 : 0;

	while (at < text.len_octets && strchr(" \t\r\n", text.at[at]) != NULL && text.at[at] != 0)
		at++;
	return at == text.len_octets || text.at[at] == '{' || text.at[at] == '[';
}

static bool is_bird(struct octets text)
{
	char head[2048];
	uint32_t len = text.len_octets < sizeof head - 1 ? text.len_octets :
							   (uint32_t)sizeof head - 1;

	(void)snprintf(head, sizeof head, "%.*s", (int)len, (const char *)text.at);
	head[sizeof head - 1] = '\0';
	return (strstr(head, "BIRD ") != NULL && strstr(head, " ready.") != NULL) ||
	       (strstr(head, "proto") != NULL && strstr(head, "since") != NULL) ||
	       strstr(head, " BGP ") != NULL;
}

/* Of readers that say nothing when memory is out. */
static struct fault told(const char *file, struct fault fault, uint32_t errors_before,
			 struct complaints *complaints)
{
	if (failed(fault) && complaints->error_count == errors_before)
		complain(complaints, false, "%s: out of memory", file);
	return fault;
}

struct fault members_read(const char *file, struct octets text, struct ixf_list *out,
			  struct complaints *complaints)
{
	struct bird_reading reading = { .file = file, .complaints = complaints, .list = out };
	uint32_t errors_before = complaints->error_count;

	if (looks_like_json(text))
		return ixf_read(file, text, out, complaints);
	if (text.len_octets <= IXF_OCTETS_MAX && members_is_csv(text))
		return told(file, members_csv_read(file, text, out, complaints), errors_before,
			    complaints);
	if (text.len_octets <= IXF_OCTETS_MAX && members_is_clients(text))
		return told(file, members_clients_read(file, text, out, complaints), errors_before,
			    complaints);
	if (!is_bird(text)) {
		complain(complaints, false, NEITHER, file);
		return fault_of(FAULT_MALFORMED, 0);
	}
	if (text.len_octets > IXF_OCTETS_MAX) {
		complain(complaints, false, "%s: larger than %u MiB", file,
			 IXF_OCTETS_MAX / 1024 / 1024);
		return fault_of(FAULT_LIMIT, 0);
	}
	(void)snprintf(out->version, sizeof out->version, "BIRD");
	struct fault fault = bird_read(&reading, text);
	if (fault.kind == FAULT_LIMIT)
		complain(complaints, false, "%s: out of memory", file);
	TRY(fault);
	if (out->member_count == 0 && complaints->error_count == errors_before)
		complain(complaints, false, NEITHER, file);
	if (complaints->error_count != errors_before)
		return fault_of(FAULT_MALFORMED, 0);
	members_list_seal(out);
	return fault_none();
}
