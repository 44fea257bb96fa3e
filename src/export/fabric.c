/* export/fabric.c — rows sorted and printed. */
#include "export/fabric.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text/json.h"

#define MAC_OCTETS 6u

static int digit_of(char letter)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";
	const char *at = letter != '\0' ? strchr(digits, letter) : NULL;

	return at == NULL ? -1 : (int)((at - digits) % 16);
}

bool fabric_mac_parse(const char *text, char out[FABRIC_MAC_MAX])
{
	uint8_t octet[MAC_OCTETS] = { 0 };
	uint32_t digits = 0;
	uint8_t any = 0;

	for (; *text != '\0'; text++) {
		int digit = digit_of(*text);
		if (digit < 0 && digits % 2 == 0 && digits != 0 && digits < 2 * MAC_OCTETS &&
		    strchr(":-.", *text) != NULL)
			continue;
		if (digit < 0 || digits == 2 * MAC_OCTETS)
			return false;
		octet[digits / 2] = (uint8_t)(octet[digits / 2] << 4 | digit);
		digits++;
	}
	for (uint32_t i = 0; i < MAC_OCTETS; i++)
		any |= octet[i];
	(void)snprintf(out, FABRIC_MAC_MAX, "%02x:%02x:%02x:%02x:%02x:%02x", octet[0], octet[1],
		       octet[2], octet[3], octet[4], octet[5]);
	return digits == 2 * MAC_OCTETS && any != 0 && (octet[0] & 1) == 0;
}

bool fabric_form_of(const char *text, enum fabric_form *out)
{
	static const char *const names[] = { "text", "json", "linux" };

	for (uint32_t i = 0; i < sizeof names / sizeof *names; i++) {
		if (strcmp(names[i], text) != 0)
			continue;
		*out = (enum fabric_form)i;
		return true;
	}
	return false;
}

static int by_address(const void *one, const void *other)
{
	const struct fabric_row *a = one;
	const struct fabric_row *b = other;

	return address_compare(&a->address, &b->address);
}

static int by_mac(const void *one, const void *other)
{
	const struct fabric_row *a = one;
	const struct fabric_row *b = other;
	int order = strcmp(a->mac, b->mac);

	return order != 0 ? order : by_address(one, other);
}

static bool is_in(const struct fabric_row *row, enum fabric_table table)
{
	return table == FABRIC_MAC || (row->address.family == FAMILY_IPV4) == (table == FABRIC_ARP);
}

static void row_print_text(const struct fabric_row *row, enum fabric_table table,
			   struct text_sink out)
{
	char address[ADDRESS_TEXT_MAX];
	const char *mac = row->mac[0] != '\0' ? row->mac : "-";

	address_print(&row->address, address);
	if (table == FABRIC_MAC)
		(void)text_put(out, "%-17s  AS%-10u  %s\n", mac, row->asn, row->name);
	else
		(void)text_put(out, "%-*s  %-17s  AS%-10u  %s\n", table == FABRIC_ARP ? 15 : 39,
			       address, mac, row->asn, row->name);
}

static void row_print_json(const struct fabric_row *row, enum fabric_table table, struct json *json)
{
	char address[ADDRESS_TEXT_MAX];

	address_print(&row->address, address);
	json_object_open(json);
	if (table != FABRIC_MAC)
		json_field_text(json, "address", address);
	json_field_text(json, "mac", row->mac[0] != '\0' ? row->mac : NULL);
	json_field_u64(json, "asn", row->asn);
	json_field_text(json, "name", row->name);
	json_object_close(json);
}

/* Of a stranger's text nothing stands here: addresses, digits and the device alone. */
static void row_print_linux(const struct fabric_row *row, enum fabric_table table,
			    const char *device, struct text_sink out)
{
	char address[ADDRESS_TEXT_MAX];

	address_print(&row->address, address);
	if (row->mac[0] == '\0')
		return;
	if (table == FABRIC_MAC)
		(void)text_put(out, "fdb replace %s dev %s master static\n", row->mac, device);
	else
		(void)text_put(out, "neigh replace %s lladdr %s dev %s nud permanent\n", address,
			       row->mac, device);
}

static void head_print(enum fabric_table table, struct text_sink out)
{
	if (table == FABRIC_MAC)
		(void)text_put(out, "%-17s  %-12s  %s\n", "MAC", "MEMBER", "NAME");
	else
		(void)text_put(out, "%-*s  %-17s  %-12s  %s\n", table == FABRIC_ARP ? 15 : 39,
			       "ADDRESS", "MAC", "MEMBER", "NAME");
}

bool fabric_print(struct fabric_row *row, uint32_t count, enum fabric_table table,
		  enum fabric_form form, const char *device, struct text_sink out,
		  uint32_t *without)
{
	const struct fabric_row *last = NULL;
	struct json json;

	*without = 0;
	if (count > 1)
		qsort(row, count, sizeof *row, table == FABRIC_MAC ? by_mac : by_address);
	json_init(&json, out, 2);
	if (form == FABRIC_JSON)
		json_array_open(&json);
	else if (form == FABRIC_TEXT)
		head_print(table, out);
	for (uint32_t i = 0; i < count; i++) {
		if (!is_in(&row[i], table))
			continue;
		*without += row[i].mac[0] == '\0';
		/* A router has one MAC address for both families. */
		if (table == FABRIC_MAC &&
		    (row[i].mac[0] == '\0' || (last != NULL && strcmp(last->mac, row[i].mac) == 0)))
			continue;
		last = &row[i];
		if (form == FABRIC_JSON)
			row_print_json(&row[i], table, &json);
		else if (form == FABRIC_LINUX)
			row_print_linux(&row[i], table, device, out);
		else
			row_print_text(&row[i], table, out);
	}
	if (form != FABRIC_JSON)
		return true;
	json_array_close(&json);
	return json_done(&json);
}
