/* net/asn.c — AS numbers in text. */
#include "net/asn.h"

#include "base/decimal.h"

#define LETTERS_LEN 2u

bool asn_has_letters(struct octets text)
{
	return text.len_octets >= LETTERS_LEN && (text.at[0] == 'A' || text.at[0] == 'a') &&
	       (text.at[1] == 'S' || text.at[1] == 's');
}

bool asn_read(struct octets text, uint32_t *out)
{
	uint32_t skipped = asn_has_letters(text) ? LETTERS_LEN : 0;

	return decimal_read_u32(octets_of(text.at + skipped, text.len_octets - skipped), UINT32_MAX,
				out);
}

bool asn_parse(const char *text, uint32_t *out)
{
	uint32_t asn = 0;

	if (!asn_read(octets_of_text(text), &asn) || asn == 0)
		return false;
	*out = asn;
	return true;
}

bool asn_is_among(const uint32_t *list, uint32_t count, uint32_t asn)
{
	uint32_t low = 0;
	uint32_t high = count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		if (list[middle] < asn)
			low = middle + 1;
		else
			high = middle;
	}
	return low < count && list[low] == asn;
}
