/* export/fabric.h — who is where on the LAN, for the switches: the IPv4 addresses with their MAC
 * addresses (ARP), the IPv6 ones (neighbour discovery), and the MAC addresses alone.
 *
 * A fabric that answers ARP and neighbour discovery from such a table never floods them; one that
 * takes frames from no other MAC address keeps strangers out.  The registry's table is the source;
 * an address without a MAC address is left out of what switches read, and told in the table for
 * people.
 * Owns    nothing
 * Thread  any
 * Source  RFC 826, RFC 4861; ip-neighbour(8) and bridge(8) for the batch form */
#ifndef EXPORT_FABRIC_H
#define EXPORT_FABRIC_H

#include "net/address.h"
#include "text/sink.h"

#define FABRIC_MAC_MAX 18u /* "0e:01:00:00:fb:f4", with the closing NUL */
#define FABRIC_NAME_MAX 128u
#define FABRIC_DEVICE_MAX 16u /* IFNAMSIZ */

struct fabric_row {
	uint32_t asn;
	char name[FABRIC_NAME_MAX];
	struct address address;
	char mac[FABRIC_MAC_MAX]; /* lower case, colons; empty = not recorded */
};

enum fabric_table {
	FABRIC_ARP = 0,
	FABRIC_ND,
	FABRIC_MAC,
};

enum fabric_form {
	FABRIC_TEXT = 0, /* for people */
	FABRIC_JSON,
	FABRIC_LINUX, /* for ip -batch, or for the MAC table bridge -batch */
};

/* "0E-01-00-00-FB-F4", "0e01.0000.fbf4" and the like made uniform; false: it is none, or one that
 * no router has: multicast, or all zero. */
bool fabric_mac_parse(const char *text, char out[FABRIC_MAC_MAX]);

/* False: the text names no table or form. */
bool fabric_form_of(const char *text, enum fabric_form *out);

/* Rows in any order; they are sorted.  *without counts rows of the table that have no MAC address.
 * False: the sink did not take it. */
bool fabric_print(struct fabric_row *row, uint32_t count, enum fabric_table table,
		  enum fabric_form form, const char *device, struct text_sink out,
		  uint32_t *without);

#endif
