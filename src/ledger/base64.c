/* ledger/base64.c — libsodium's, which is strict: no line breaks, no bits behind the end.  But it
 * takes octets from 0x80 on for digits, and so many texts for one value: these are refused. */
#include "ledger/base64.h"

#include <sodium.h>

void base64_print(struct octets octets, char *out)
{
	(void)sodium_bin2base64(out, BASE64_LEN(octets.len_octets) + 1, octets.at,
				octets.len_octets, sodium_base64_VARIANT_ORIGINAL);
}

static bool is_ascii(struct octets text)
{
	for (uint32_t i = 0; i < text.len_octets; i++) {
		if (text.at[i] >= 0x80)
			return false;
	}
	return true;
}

bool base64_read_some(struct octets text, uint8_t *out, uint32_t room, uint32_t *len)
{
	size_t got = 0;
	const char *end = NULL;

	if (text.len_octets == 0 || !is_ascii(text) ||
	    sodium_base642bin(out, room, (const char *)text.at, text.len_octets, NULL, &got, &end,
			      sodium_base64_VARIANT_ORIGINAL) != 0 ||
	    end != (const char *)text.at + text.len_octets)
		return false;
	*len = (uint32_t)got;
	return true;
}

bool base64_read(struct octets text, uint8_t *out, uint32_t len)
{
	uint32_t got = 0;

	return base64_read_some(text, out, len, &got) && got == len;
}
