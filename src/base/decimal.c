/* base/decimal.c — digits into numbers, with the bound looked at before each digit. */
#include "base/decimal.h"

#include <stdio.h>

bool decimal_read(struct octets text, uint64_t max, uint64_t *out)
{
	uint64_t value = 0;

	if (text.len_octets == 0 || (text.len_octets != 1 && text.at[0] == '0'))
		return false;
	for (uint32_t i = 0; i < text.len_octets; i++) {
		if (text.at[i] < '0' || text.at[i] > '9')
			return false;
		uint64_t digit = text.at[i] - (uint64_t)'0';
		if (digit > max || value > (max - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	*out = value;
	return true;
}

bool decimal_read_u32(struct octets text, uint32_t max, uint32_t *out)
{
	uint64_t value = 0;

	if (!decimal_read(text, max, &value))
		return false;
	*out = (uint32_t)value;
	return true;
}

bool decimal_u32(const char *text, uint32_t max, uint32_t *out)
{
	return decimal_read_u32(octets_of_text(text), max, out);
}

void decimal_grouped(uint64_t number, char out[DECIMAL_GROUPED_MAX])
{
	char digits[DECIMAL_GROUPED_MAX];
	int len = snprintf(digits, sizeof digits, "%llu", (unsigned long long)number);
	uint32_t to = 0;

	for (int i = 0; i < len; i++) {
		if (i != 0 && (len - i) % 3 == 0)
			out[to++] = ',';
		out[to++] = digits[i];
	}
	out[to] = '\0';
}
