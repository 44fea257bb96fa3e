/* base/fault.c — the words for fault kinds. */
#include "base/fault.h"

const char *fault_word(struct fault fault)
{
	switch ((enum fault_kind)fault.kind) {
	case FAULT_NONE:
		return "none";
	case FAULT_SHORT:
		return "short";
	case FAULT_MALFORMED:
		return "malformed";
	case FAULT_LIMIT:
		return "out of memory, or too much";
	case FAULT_AGAIN:
		return "again";
	case FAULT_ABSENT:
		return "absent";
	case FAULT_CONFLICT:
		return "conflict";
	case FAULT_SYSTEM:
		return "system";
	}
	return "unknown";
}
